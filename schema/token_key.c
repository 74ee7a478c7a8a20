#include "schema/token_key.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

enum {
    HS256_SIZE = 32,
    ES256_HALF = 32, /* r and s, one behind the other: RFC 7518 3.4 */
    ED25519_SIZE = 64,
    DER_MAX = 80
};

struct token_key {
    enum token_algorithm algorithm;
    EVP_PKEY *public_key; /* NULL: HS256 */
    size_t secret_size;
    size_t id_size; /* 0: no id */
    char bytes[];   /* secret, then id */
};

static const struct span names[] = {
#define X(constant, name) SPAN_LITERAL(name),
    TOKEN_ALGORITHMS(X)
#undef X
};

int token_algorithm_from_name(struct span name, enum token_algorithm *algorithm)
{
    for (size_t i = 0; i < TOKEN_ALGORITHM_COUNT; i++) {
        if (span_equal(names[i], name)) {
            *algorithm = (enum token_algorithm)i;
            return 0;
        }
    }

    return -ENOENT;
}

void token_key_free(struct token_key *key)
{
    if (!key)
        return;

    EVP_PKEY_free(key->public_key);
    OPENSSL_cleanse(key->bytes, key->secret_size);
    free(key);
}

static struct token_key *new_key(enum token_algorithm algorithm, struct span id, struct span secret)
{
    struct token_key *key = calloc(1, sizeof *key + secret.size + id.size);

    if (!key)
        return NULL;

    key->algorithm = algorithm;
    key->secret_size = secret.size;
    key->id_size = id.size;

    if (secret.size > 0)
        memcpy(key->bytes, secret.data, secret.size);

    if (id.size > 0)
        memcpy(key->bytes + secret.size, id.data, id.size);

    return key;
}

int token_key_from_secret(struct token_key **key, struct span kid, struct span secret,
                          const char **why)
{
    if (secret.size < TOKEN_SECRET_MIN) {
        *why = "a secret for HS256 has 32 bytes or more";
        return -EINVAL;
    }

    *key = new_key(TOKEN_HS256, kid, secret);

    return *key ? 0 : -ENOMEM;
}

/* What a public key is for; why not. */
static const char *judge(EVP_PKEY *public_key, enum token_algorithm *algorithm)
{
    char group[32] = "";

    if (EVP_PKEY_is_a(public_key, "RSA")) {
        *algorithm = TOKEN_RS256;
        return EVP_PKEY_get_bits(public_key) >= TOKEN_RSA_MIN ? NULL
                                                              : "an RSA key has 2048 bits or more";
    }

    if (EVP_PKEY_is_a(public_key, "EC")) {
        *algorithm = TOKEN_ES256;
        (void)EVP_PKEY_get_group_name(public_key, group, sizeof group, NULL);
        return strcmp(group, SN_X9_62_prime256v1) == 0 ? NULL : "an EC key is on the curve P-256";
    }

    *algorithm = TOKEN_EDDSA;

    return EVP_PKEY_is_a(public_key, "ED25519") ? NULL
                                                : "a public key is of RSA, EC P-256 or Ed25519";
}

int token_key_from_public(struct token_key **key, struct span kid, EVP_PKEY *public_key,
                          const char **why)
{
    enum token_algorithm algorithm;
    struct token_key *made;

    *why = judge(public_key, &algorithm);
    if (*why) {
        EVP_PKEY_free(public_key);
        return -EINVAL;
    }

    made = new_key(algorithm, kid, SPAN_NONE);
    if (!made) {
        EVP_PKEY_free(public_key);
        return -ENOMEM;
    }

    made->public_key = public_key;
    *key = made;

    return 0;
}

enum token_algorithm token_key_algorithm(const struct token_key *key)
{
    return key->algorithm;
}

struct span token_key_id(const struct token_key *key)
{
    return key->id_size > 0 ? span_make(key->bytes + key->secret_size, key->id_size) : SPAN_NONE;
}

/* ---- verifying ---- */

static bool verify_secret(const struct token_key *key, struct span text, struct span signature)
{
    unsigned char expected[HS256_SIZE];

    return signature.size == sizeof expected &&
           HMAC(EVP_sha256(), key->bytes, (int)key->secret_size, (const unsigned char *)text.data,
                text.size, expected, NULL) &&
           CRYPTO_memcmp(expected, signature.data, sizeof expected) == 0;
}

static bool verify_public(const struct token_key *key, const EVP_MD *digest, struct span text,
                          struct span signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context &&
                EVP_DigestVerifyInit(context, NULL, digest, NULL, key->public_key) == 1 &&
                EVP_DigestVerify(context, (const unsigned char *)signature.data, signature.size,
                                 (const unsigned char *)text.data, text.size) == 1;

    EVP_MD_CTX_free(context);
    ERR_clear_error(); /* what a stranger's token did wrong is not the next caller's error */

    return good;
}

/* OpenSSL wants r and s as DER.  Its size; 0: out of memory. */
static size_t to_der(struct span signature, unsigned char der[DER_MAX])
{
    const unsigned char *bytes = (const unsigned char *)signature.data;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(bytes, ES256_HALF, NULL);
    BIGNUM *s = BN_bin2bn(bytes + ES256_HALF, ES256_HALF, NULL);
    int size = 0;

    if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = NULL; /* the pair's now */
        s = NULL;
        size = i2d_ECDSA_SIG(pair, &der);
    }

    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);

    return size > 0 ? (size_t)size : 0;
}

static bool verify_ecdsa(const struct token_key *key, struct span text, struct span signature)
{
    unsigned char der[DER_MAX];
    size_t size = signature.size == (size_t)2 * ES256_HALF ? to_der(signature, der) : 0;

    return size > 0 && verify_public(key, EVP_sha256(), text, span_make(der, size));
}

bool token_key_verifies(const struct token_key *key, struct span text, struct span signature)
{
    switch (key->algorithm) {
    case TOKEN_HS256:
        return verify_secret(key, text, signature);
    case TOKEN_RS256:
        return verify_public(key, EVP_sha256(), text, signature);
    case TOKEN_ES256:
        return verify_ecdsa(key, text, signature);
    case TOKEN_EDDSA:
        return signature.size == ED25519_SIZE && verify_public(key, NULL, text, signature);
    case TOKEN_ALGORITHM_COUNT:
        break;
    }

    return false;
}
