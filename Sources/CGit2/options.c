#include "CGit2.h"

int ot_git_set_extensions(char **names, size_t count) {
  return git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, (const char **)names, count);
}

int ot_git_set_strict_object_creation(int enabled) {
  return git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, enabled);
}

int ot_git_set_strict_hash_verification(int enabled) {
  return git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, enabled);
}
