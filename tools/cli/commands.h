// One function per command; main.cpp puts them into the table.
#pragma once

#include "tools/cli/args.h"

namespace bidseal::cli {

Command tender_new_command();
Command tender_inspect_command();
Command tender_verify_command();
Command pack_command();
Command inspect_command();
Command verify_command();
Command rehearse_command();
Command open_command();
Command rewrap_command();
Command release_command();
Command seal_make_command();
Command seal_stamp_command();
Command seal_verify_command();

}  // namespace bidseal::cli
