// What Swift may not call itself.
#pragma once

// Splits the process in two. The worker gets 1 and belongs to no terminal and no process group of the caller; it must
// end by exit(). The caller gets 0 once the worker has ended or `milliseconds` have passed. -1: nothing was started.
// Only for a process with one thread.
int ot_split(int milliseconds);

// Closes what the caller's caller had open besides the standard streams: a worker that lives on must not hold a lock or
// a pipe of somebody else. To be called before anything is opened.
void ot_close_inherited(void);
