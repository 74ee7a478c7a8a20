#include "schema/jwk.h"

#include "schema/base64url.h"
#include "schema/json.h"
#include "schema/json_members.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdbool.h>

enum {
    NUMBER_MAX = 1024, /* bytes of an RSA modulus: 8192 bits */
    COORDINATE = 32,
    ID_MAX = 256
};

/* Members that matter.
 *   constant  name */
#define MEMBERS(X)        \
    X(KTY, "kty")         \
    X(KID, "kid")         \
    X(USE, "use")         \
    X(KEY_OPS, "key_ops") \
    X(ALG, "alg")         \
    X(CRV, "crv")         \
    X(N, "n")             \
    X(E, "e")             \
    X(POINT_X, "x")       \
    X(POINT_Y, "y")       \
    X(SECRET, "k")        \
    X(PRIVATE, "d")

enum member {
#define X(constant, name) MEMBER_##constant,
    MEMBERS(X)
#undef X
        MEMBER_COUNT
};

struct jwk {
    struct json_value members[MEMBER_COUNT];
};

static const struct span member_names[] = {
#define X(constant, name) SPAN_LITERAL(name),
    MEMBERS(X)
#undef X
};

/* Bytes decoded from a member. */
struct bytes_of {
    unsigned char bytes[NUMBER_MAX];
    size_t size;
};

int jwk_set_open(struct jwk_set *set, struct span json)
{
    struct json_member member;
    enum json_type type;
    size_t at = 0;

    *set = (struct jwk_set){.at = 0};

    if (json.size > JWK_SET_MAX || json_check(json, &type) != 0 || type != JSON_OBJECT)
        return -EINVAL;

    while (json_next_member(json, &at, &member)) {
        if (span_is(member.name, "keys") && member.value.type == JSON_ARRAY)
            set->keys = member.value.raw;
    }

    return span_is_none(set->keys) ? -EINVAL : 0;
}

/* ---- one key ---- */

static bool says(const struct jwk *jwk, enum member member, const char *text)
{
    return jwk->members[member].type == JSON_STRING && span_is(jwk->members[member].raw, text);
}

static bool absent(const struct jwk *jwk, enum member member)
{
    return jwk->members[member].type == JSON_NONE;
}

static bool has_operation(const struct jwk *jwk, const char *operation)
{
    struct json_value item;
    size_t at = 0;

    if (jwk->members[MEMBER_KEY_OPS].type != JSON_ARRAY)
        return false;

    while (json_next_item(jwk->members[MEMBER_KEY_OPS].raw, &at, &item)) {
        if (item.type == JSON_STRING && span_is(item.raw, operation))
            return true;
    }

    return false;
}

/* Is it for signatures, of this algorithm? */
static bool is_for(const struct jwk *jwk, const char *algorithm)
{
    return (absent(jwk, MEMBER_ALG) || says(jwk, MEMBER_ALG, algorithm)) &&
           (absent(jwk, MEMBER_USE) || says(jwk, MEMBER_USE, "sig")) &&
           (absent(jwk, MEMBER_KEY_OPS) || has_operation(jwk, "verify"));
}

static bool decode(const struct jwk *jwk, enum member member, struct bytes_of *out)
{
    int size = -1;

    if (jwk->members[member].type == JSON_STRING)
        size = base64url_decode(jwk->members[member].raw, out->bytes, sizeof out->bytes);

    out->size = size > 0 ? (size_t)size : 0;

    return size > 0;
}

/* NULL: not a key. */
static EVP_PKEY *from_parameters(const char *type, OSSL_PARAM_BLD *builder)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY *made = NULL;

    if (!context || !parameters || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &made, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        made = NULL;

    OSSL_PARAM_free(parameters);
    EVP_PKEY_CTX_free(context);
    ERR_clear_error();

    return made;
}

static EVP_PKEY *rsa_of(const struct jwk *jwk)
{
    struct bytes_of n, e;
    OSSL_PARAM_BLD *builder;
    BIGNUM *modulus, *exponent;
    EVP_PKEY *made = NULL;

    if (!decode(jwk, MEMBER_N, &n) || !decode(jwk, MEMBER_E, &e) || e.size > 8)
        return NULL;

    builder = OSSL_PARAM_BLD_new();
    modulus = BN_bin2bn(n.bytes, (int)n.size, NULL);
    exponent = BN_bin2bn(e.bytes, (int)e.size, NULL);

    /* With an exponent of 1 every text would be its own signature. */
    if (builder && modulus && exponent && BN_is_odd(exponent) && !BN_is_one(exponent) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
        made = from_parameters("RSA", builder);

    OSSL_PARAM_BLD_free(builder);
    BN_free(modulus);
    BN_free(exponent);

    return made;
}

static EVP_PKEY *ec_of(const struct jwk *jwk)
{
    unsigned char point[1 + 2 * COORDINATE] = {4}; /* both coordinates follow: SEC 1, 2.3.3 */
    struct bytes_of x, y;
    OSSL_PARAM_BLD *builder;
    EVP_PKEY *made = NULL;

    if (!decode(jwk, MEMBER_POINT_X, &x) || !decode(jwk, MEMBER_POINT_Y, &y) ||
        x.size != COORDINATE || y.size != COORDINATE)
        return NULL;

    memcpy(point + 1, x.bytes, COORDINATE);
    memcpy(point + 1 + COORDINATE, y.bytes, COORDINATE);

    builder = OSSL_PARAM_BLD_new();
    if (builder &&
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) ==
            1)
        made = from_parameters("EC", builder); /* and is a point of the curve */

    OSSL_PARAM_BLD_free(builder);

    return made;
}

static EVP_PKEY *ed25519_of(const struct jwk *jwk)
{
    struct bytes_of x;

    if (!decode(jwk, MEMBER_POINT_X, &x) || x.size != COORDINATE)
        return NULL;

    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x.bytes, x.size);
}

static const struct {
    const char *kty;
    const char *crv; /* NULL: none */
    const char *algorithm;
    EVP_PKEY *(*make)(const struct jwk *jwk); /* NULL: a secret */
} types[] = {
    {"RSA", NULL, "RS256", rsa_of},
    {"EC", "P-256", "ES256", ec_of},
    {"OKP", "Ed25519", "EdDSA", ed25519_of},
    {"oct", NULL, "HS256", NULL},
};

static int read_secret(const struct jwk *jwk, struct span kid, struct token_key **key,
                       const char **why)
{
    struct bytes_of secret;
    int rc;

    if (!decode(jwk, MEMBER_SECRET, &secret)) {
        *why = "a key of type oct has no good k";
        return -EINVAL;
    }

    rc = token_key_from_secret(key, kid, span_make(secret.bytes, secret.size), why);
    OPENSSL_cleanse(secret.bytes, sizeof secret.bytes);

    return rc;
}

static int read_public(const struct jwk *jwk, size_t type, struct span kid, struct token_key **key,
                       const char **why)
{
    EVP_PKEY *made;

    if (!absent(jwk, MEMBER_PRIVATE)) {
        *why = "a key in it is private: only the public part belongs here";
        return -EINVAL;
    }

    made = types[type].make(jwk);
    if (!made) {
        *why = "a key in it is not a good one of its type";
        return -EINVAL;
    }

    return token_key_from_public(key, kid, made, why);
}

static int read_key(const struct jwk *jwk, struct token_key **key, const char **why)
{
    const struct json_value *kid = &jwk->members[MEMBER_KID];
    char id[ID_MAX];
    int id_size = kid->type == JSON_STRING ? json_decode(*kid, id, sizeof id) : 0;

    if (id_size < 0 || (!absent(jwk, MEMBER_KID) && id_size == 0)) {
        *why = "a kid is a string of 1 to 256 bytes";
        return -EINVAL;
    }

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct span name = span_make(id, (size_t)id_size);

        if (!says(jwk, MEMBER_KTY, types[i].kty) || !is_for(jwk, types[i].algorithm) ||
            (types[i].crv && !says(jwk, MEMBER_CRV, types[i].crv)))
            continue;

        return types[i].make ? read_public(jwk, i, name, key, why)
                             : read_secret(jwk, name, key, why);
    }

    return 0;
}

int jwk_set_next(struct jwk_set *set, struct token_key **key, const char **why)
{
    struct json_value item;
    struct jwk jwk;

    *key = NULL;

    if (!json_next_item(set->keys, &set->at, &item))
        return -ENOENT;

    if (item.type != JSON_OBJECT ||
        json_members_read(item.raw, member_names, jwk.members, MEMBER_COUNT) != 0) {
        *why = "a key in it is not an object, or has a member twice";
        return -EINVAL;
    }

    return read_key(&jwk, key, why);
}
