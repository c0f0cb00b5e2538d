// Start-up of Debian's libgit2 makes TLS and SSH ready: it lets mbedTLS parse the CA bundle (84 % of the instructions
// of all), gather entropy, and libssh2 start OpenSSL (0.5 ms together). opentraces reaches the network through the `git`
// executable only, so neither is ever used. The linker is told to --wrap these symbols (see Package.swift).

int __wrap_git_mbedtls_stream_global_init(void) { return 0; }

int __wrap_git_transport_ssh_global_init(void) { return 0; }
