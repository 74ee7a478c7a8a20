/* certificate.h - certificates as files, for a gateway of a test.
 *
 * Whatever fails here ends the test. */
#ifndef TESTS_SUPPORT_CERTIFICATE_H
#define TESTS_SUPPORT_CERTIFICATE_H

#include <openssl/types.h>

/* Appends to the file, in PEM, a certificate of the key that vouches for itself, good from so many
 * seconds from now until so many seconds from now. */
void certificate_append(const char *path, EVP_PKEY *key, long from_s, long until_s);

/* Writes the key into the file, in PEM, encrypted if there is a password. */
void certificate_write_key(const char *path, EVP_PKEY *key, const char *password);

#endif
