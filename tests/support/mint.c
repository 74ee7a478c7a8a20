#include "tests/support/mint.h"

#include "tests/support/unit.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

enum { SIGNATURE_MAX = 1024, HALF = 32 };

EVP_PKEY *mint_key(const char *type, const char *more)
{
    EVP_PKEY *key;

    if (strcmp(type, "RSA") == 0)
        key = EVP_PKEY_Q_keygen(NULL, NULL, type, (size_t)strtoul(more ? more : "2048", NULL, 10));
    else if (strcmp(type, "EC") == 0)
        key = EVP_PKEY_Q_keygen(NULL, NULL, type, more ? more : "P-256");
    else
        key = EVP_PKEY_Q_keygen(NULL, NULL, type);

    assert_non_null(key);

    return key;
}

void mint_pem(EVP_PKEY *key, struct buffer *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long size;

    assert_non_null(bio);
    assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
    size = BIO_get_mem_data(bio, &text);
    assert_int_equal(buffer_add(out, text, (size_t)size), 0);
    BIO_free(bio);
}

void mint_base64url(struct span bytes, struct buffer *out)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t left = bytes.size - i < 3 ? bytes.size - i : 3;
        unsigned bits = 0;

        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (j < left ? (unsigned char)bytes.data[i + j] : 0);

        for (size_t j = 0; j <= left; j++)
            buffer_add_char(out, letters[bits >> (18 - 6 * j) & 63]);
    }
}

static void begin(struct buffer *out, const char *header, const char *claims)
{
    buffer_clear(out);
    mint_base64url(span_of(header), out);
    buffer_add_char(out, '.');
    mint_base64url(span_of(claims), out);
}

static const char *finish(struct buffer *out, struct span signature)
{
    const char *text;

    buffer_add_char(out, '.');
    mint_base64url(signature, out);
    text = buffer_text(out);
    assert_non_null(text);

    return text;
}

const char *mint_with_secret(struct buffer *out, const char *header, const char *claims,
                             struct span secret)
{
    unsigned char signature[HALF];

    begin(out, header, claims);
    assert_non_null(
        HMAC(EVP_sha256(), secret.data, (int)secret.size, out->data, out->size, signature, NULL));

    return finish(out, span_make(signature, sizeof signature));
}

/* DER to r and s, one behind the other.  The new size. */
static size_t to_halves(unsigned char signature[SIGNATURE_MAX], size_t size)
{
    const unsigned char *at = signature;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)size);

    assert_non_null(pair);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, HALF), HALF);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + HALF, HALF), HALF);
    ECDSA_SIG_free(pair);

    return (size_t)2 * HALF;
}

const char *mint_with_key(struct buffer *out, const char *header, const char *claims, EVP_PKEY *key)
{
    const EVP_MD *digest = EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256();
    unsigned char signature[SIGNATURE_MAX];
    size_t size = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    begin(out, header, claims);
    assert_int_equal(EVP_DigestSignInit(context, NULL, digest, NULL, key), 1);
    assert_int_equal(EVP_DigestSign(context, signature, &size, out->data, out->size), 1);
    EVP_MD_CTX_free(context);

    if (EVP_PKEY_is_a(key, "EC"))
        size = to_halves(signature, size);

    return finish(out, span_make(signature, size));
}

const char *mint(struct buffer *out, const char *claims)
{
    return mint_with_secret(out, "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", claims,
                            span_of(MINT_SECRET));
}
