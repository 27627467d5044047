// Commands and their options in one table: parsing, --help and shell completion all read it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bidseal::cli {

class Output;
class Args;

struct Option {
    std::string name;   ///< without the dashes
    std::string value;  ///< what the value is, for help; empty for a switch
    std::string help;
    bool required = false;
    bool repeat = false;
};

struct Command {
    std::string name;  ///< one or two words, for example `tender new`
    std::string summary;
    std::string positional;  ///< name of the one positional argument; empty for none
    std::vector<Option> options;
    std::vector<std::string> examples;
    int (*run)(const Args& args, Output& out) = nullptr;
};

/// The arguments of one call, checked against the command's table.
class Args {
public:
    /// Throws Error(usage) for unknown options, missing values, missing required ones.
    Args(const Command& command, const std::vector<std::string>& words);

    const std::string& positional() const { return m_positional; }
    bool has(const std::string& name) const { return m_values.count(name) != 0; }
    /// The value; the table makes sure that required ones are there.
    const std::string& get(const std::string& name) const;
    std::string get_or(const std::string& name, std::string fallback) const;
    std::vector<std::string> all(const std::string& name) const;
    bool wants_help() const { return m_help; }

private:
    std::string m_positional;
    std::map<std::string, std::vector<std::string>> m_values;
    bool m_help = false;
};

/// All commands of the program.
const std::vector<Command>& commands();
/// Options that every command takes.
const std::vector<Option>& common_options();

std::string program_help();
std::string command_help(const Command& command);
/// The manual page, bidseal(1), in the macros of man(7).
std::string manual_page();
/// A completion script for `bash`, `zsh` or `fish`. Throws Error(usage) for another shell.
std::string completion_script(const std::string& shell);

}  // namespace bidseal::cli
