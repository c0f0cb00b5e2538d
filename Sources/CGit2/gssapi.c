// Entry points of GSSAPI that Debian's static libgit2 refers to for HTTP Negotiate authentication. opentraces talks to
// remotes through the `git` executable, so none of them is ever called; each one answers GSS_S_UNAVAILABLE. They are
// weak: where the real library is linked, it wins.
#define UNAVAILABLE (16u << 16)
#define STUB(name)                                      \
  __attribute__((weak)) unsigned int name(void) {       \
    return UNAVAILABLE;                                 \
  }

__attribute__((weak)) void *GSS_C_NT_HOSTBASED_SERVICE = 0;
STUB(gss_delete_sec_context)
STUB(gss_display_status)
STUB(gss_import_name)
STUB(gss_indicate_mechs)
STUB(gss_init_sec_context)
STUB(gss_release_buffer)
STUB(gss_release_name)
STUB(gss_release_oid_set)
