// Start-up of Debian's libgit2 spends 84 % of its instructions letting mbedTLS parse the CA bundle. opentraces
// reaches the network through the `git` executable only, so the certificate store of libgit2 is never used.
// The linker is told to --wrap these symbols (see Package.swift).
#include <stddef.h>

int __wrap_mbedtls_x509_crt_parse_file(void *chain, const char *path) {
  (void)chain;
  (void)path;
  return 0;
}

int __wrap_mbedtls_x509_crt_parse_path(void *chain, const char *path) {
  (void)chain;
  (void)path;
  return 0;
}
