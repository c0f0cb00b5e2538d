#define _GNU_SOURCE
#include "CProcess.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

void ot_close_inherited(void) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, 3u, ~0u, 0u) == 0) return;
#endif
  for (int descriptor = 3; descriptor < 256; descriptor++) close(descriptor);
}

int ot_split(int milliseconds) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  pid_t worker = fork();
  if (worker == 0) {
    // The other end stays open until the worker ends: that is what the caller waits for.
    close(ends[0]);
    setsid();
    // Whoever reads what the caller writes must not wait for the worker.
    int null = open("/dev/null", O_RDWR);
    if (null >= 0) {
      dup2(null, STDIN_FILENO);
      dup2(null, STDOUT_FILENO);
      dup2(null, STDERR_FILENO);
      if (null > STDERR_FILENO) close(null);
    }
    return 1;
  }
  close(ends[1]);
  if (worker > 0) {
    struct pollfd end = {.fd = ends[0], .events = POLLIN};
    poll(&end, 1, milliseconds);
  }
  close(ends[0]);
  return worker > 0 ? 0 : -1;
}
