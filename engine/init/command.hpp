// Starting a service's command as a child of its init, from what the record says.
#pragma once
#include "engine/init/base.hpp"

#include <sys/types.h>

namespace nsbuild::init {

struct Started {
  pid_t inner = 0;  // in the service's PID namespace
  pid_t outer = 0;  // as the machine sees it
};

/// Looks up the user, then vfork and exec. False, with the words in `failure`, when the command does not run.
bool start_command(int record, Started& started, Failure& failure) noexcept;

}  // namespace nsbuild::init
