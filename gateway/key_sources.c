#include "gateway/key_sources.h"

#include "base/file.h"
#include "schema/jwk.h"

#include <errno.h>
#include <openssl/crypto.h>

bool key_sources_given(const struct key_sources *sources)
{
    return *sources->secret || *sources->key_file || *sources->jwks;
}

static int complain(struct buffer *error, const char *setting, const char *why, int rc)
{
    if (rc == -ENOMEM)
        return rc;

    buffer_printf(error, "%s: %s", setting, why);

    return -EINVAL;
}

static int read_file(const char *setting, const char *path, struct token_keys *keys,
                     int (*add)(struct token_keys *keys, struct span text, const char **why),
                     struct buffer *error)
{
    struct buffer content;
    const char *why = "";
    int rc;

    if (*path == '\0')
        return 0;

    rc = file_read(path, JWK_SET_MAX, &content);
    if (rc != 0)
        return complain(
            error, setting,
            rc == -EMSGSIZE ? "the file is larger than 64 KB" : "the file cannot be read", rc);

    rc = add(keys, buffer_span(&content), &why);
    OPENSSL_cleanse(content.data, content.size);
    buffer_dispose(&content);

    return rc == 0 ? 0 : complain(error, setting, why, rc);
}

static int fill(const struct key_sources *sources, struct token_keys *keys, struct buffer *error)
{
    const char *why = "";
    int rc = 0;

    if (*sources->secret)
        rc = token_keys_add_secret(keys, span_of(sources->secret), &why);

    if (rc != 0)
        return complain(error, "token-secret", why, rc);

    rc = read_file("token-key-file", sources->key_file, keys, token_keys_add_pem, error);
    if (rc == 0)
        rc = read_file("token-jwks", sources->jwks, keys, token_keys_add_jwks, error);

    return rc;
}

int key_sources_read(const struct key_sources *sources, struct token_keys **keys,
                     struct buffer *error)
{
    struct token_keys *made;
    int rc;

    *keys = NULL;
    if (!key_sources_given(sources))
        return 0;

    made = token_keys_new();
    rc = made ? fill(sources, made, error) : -ENOMEM;

    if (rc == 0)
        *keys = made;
    else
        token_keys_release(made);

    return rc;
}
