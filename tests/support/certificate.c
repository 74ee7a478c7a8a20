#include "tests/support/certificate.h"

#include "tests/support/unit.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

void certificate_append(const char *path, EVP_PKEY *key, long from_s, long until_s)
{
    X509 *certificate = X509_new();
    FILE *file = fopen(path, "a");
    X509_NAME *name;

    assert_true(certificate && file);
    name = X509_get_subject_name(certificate);
    assert_int_equal(X509_set_version(certificate, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1), 1);
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                                (const unsigned char *)"localhost", -1, -1, 0),
                     1);
    assert_int_equal(X509_set_issuer_name(certificate, name), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(certificate), from_s));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(certificate), until_s));
    assert_int_equal(X509_set_pubkey(certificate, key), 1);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_X509(file, certificate), 1);
    assert_int_equal(fclose(file), 0);
    X509_free(certificate);
}

void certificate_write_key(const char *path, EVP_PKEY *key, const char *password)
{
    FILE *file = fopen(path, "w");
    unsigned char secret[64];
    int size = password ? (int)strlen(password) : 0;

    assert_non_null(file);
    if (password)
        memcpy(secret, password, (size_t)size);

    assert_int_equal(PEM_write_PrivateKey(file, key, password ? EVP_aes_128_cbc() : NULL,
                                          password ? secret : NULL, size, NULL, NULL),
                     1);
    assert_int_equal(fclose(file), 0);
}
