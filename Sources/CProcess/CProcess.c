#define _GNU_SOURCE
#include "CProcess.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

int ot_split(int milliseconds) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  pid_t worker = fork();
  if (worker == 0) {
    // The other end stays open until the worker ends: that is what the caller waits for.
    close(ends[0]);
    setsid();
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
