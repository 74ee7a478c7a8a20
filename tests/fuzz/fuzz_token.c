/* Any bytes as a token, and as the claims of a well signed one: no crash, nothing unsigned is good,
 * and what is good keeps its promises. */
#include "schema/message.h"
#include "schema/room.h"
#include "schema/token.h"
#include "schema/utf8.h"
#include "tests/fuzz/fuzz.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#define SECRET "a-secret-of-at-least-32-bytes-for-tests"
#define HEADER "eyJhbGciOiJIUzI1NiJ9" /* {"alg":"HS256"} */

static void require(bool claim)
{
    if (!claim)
        abort();
}

static struct token_keys *secret_key(void)
{
    static struct token_keys *keys;
    const char *why;

    if (!keys) {
        keys = token_keys_new();
        require(keys && token_keys_add_secret(keys, span_of(SECRET), &why) == 0);
    }

    return keys;
}

static void check_good(struct token *token)
{
    require(token->expires_s + TOKEN_LEEWAY_S > 1000000000);
    require(token->role < ROLE_COUNT);
    require(token->uid.size <= MESSAGE_MAX_UID && utf8_valid(token->uid));
    require(token->name.type == JSON_NONE || token->name.type == JSON_STRING);
    require(!span_is_none(token->rooms) || !token_opens(token, span_of("8")));
    token_release(token_share(token));
    token_release(token);
}

static enum token_fault verify(struct span text)
{
    const struct token_rules rules = {.audience = "live", .now_s = 1000000000};
    struct token *token = NULL;
    enum token_fault fault = token_verify(&token, text, secret_key(), &rules);

    require((fault == TOKEN_GOOD) == (token != NULL));
    require(fault == TOKEN_GOOD || token_fault_text(fault));
    if (token)
        check_good(token);

    return fault;
}

static void add_base64url(struct buffer *out, const uint8_t *bytes, size_t size)
{
    unsigned char *text = malloc(size / 3 * 4 + 5);
    int length = 0;

    require(text != NULL);
    length = EVP_EncodeBlock(text, bytes, (int)size);
    for (int i = 0; i < length && text[i] != '='; i++)
        buffer_add_char(out, text[i] == '+' ? '-' : text[i] == '/' ? '_' : (char)text[i]);
    free(text);
}

static void verify_as_claims(const uint8_t *data, size_t size)
{
    unsigned char signature[32];
    struct buffer out;

    buffer_init(&out, 2 * size + 1024);
    buffer_add_text(&out, HEADER ".");
    add_base64url(&out, data, size);
    require(HMAC(EVP_sha256(), SECRET, sizeof SECRET - 1, out.data, out.size, signature, NULL));
    buffer_add_char(&out, '.');
    add_base64url(&out, signature, sizeof signature);

    require(verify(buffer_span(&out)) != TOKEN_SIGNATURE);
    buffer_dispose(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)verify(span_make(data, size));
    verify_as_claims(data, size);

    return 0;
}
