// The command line: finds the command, and is the only place that catches.
#include <clocale>
#include <cstdlib>
#include <iostream>
#include <new>

#include "tools/cli/commands.h"
#include "tools/cli/host.h"
#include "tools/cli/output.h"

namespace bidseal::cli {

const std::vector<Command>& commands() {
    static const std::vector<Command> table = {
        tender_new_command(),
        tender_inspect_command(),
        tender_verify_command(),
        pack_command(),
        inspect_command(),
        verify_command(),
        rehearse_command(),
        open_command(),
        rewrap_command(),
        release_command(),
        seal_make_command(),
        seal_stamp_command(),
        seal_verify_command(),
        {"completion",
         "print a completion script for bash, zsh or fish, or with `man` the manual page",
         "SHELL",
         {},
         {"bidseal completion bash > ~/.local/share/bash-completion/completions/bidseal",
          "bidseal completion man | man -l -"},
         [](const Args& args, Output&) {
             const std::string& shell = args.positional();
             std::cout << (shell == "man" ? manual_page() : completion_script(shell));
             return 0;
         }},
    };
    return table;
}

const std::vector<Option>& common_options() {
    static const std::vector<Option> table = {
        {"json", "", "one JSON object on standard output, errors too"},
        {"quiet", "", "no progress and no text"},
        {"lang", "en|zh", "language of errors (default: from the environment)"},
    };
    return table;
}

namespace {

const Command* find_command(const std::vector<std::string>& words, size_t& used) {
    for (size_t count : {2, 1}) {
        if (words.size() < count)
            continue;
        const std::string name = count == 2 ? words[0] + " " + words[1] : words[0];
        for (const Command& command : commands())
            if (command.name == name) {
                used = count;
                return &command;
            }
    }
    return nullptr;
}

bool has_word(const std::vector<std::string>& words, const std::string& word) {
    for (const std::string& w : words)
        if (w == word)
            return true;
    return false;
}

bool wants_chinese(const std::vector<std::string>& words) {
    for (size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "--lang=zh" ||
            (words[i] == "--lang" && i + 1 < words.size() && words[i + 1] == "zh"))
            return true;
        if (words[i].rfind("--lang", 0) == 0)
            return false;
    }
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
        if (const char* value = std::getenv(name); value != nullptr && *value != 0)
            return std::string(value).rfind("zh", 0) == 0;
    return false;
}

bool is_help(const std::string& word) {
    return word == "--help" || word == "-h";
}

/// The help that the words ask for, without a command being run: `help`, `help pack`, `tender
/// --help`. Empty when they ask for something else.
std::string help_for(std::vector<std::string> words) {
    if (!words.empty() && (words[0] == "help" || is_help(words[0])))
        words.erase(words.begin());
    else if (words.size() != 2 || !is_help(words[1]))
        return {};
    size_t used = 0;
    if (const Command* command = find_command(words, used))
        return command_help(*command);
    std::string text;
    for (const Command& command : commands())
        if (!words.empty() && command.name.rfind(words[0] + " ", 0) == 0)
            text += (text.empty() ? "" : "\n") + command_help(command);
    return text.empty() && words.empty() ? program_help() : text;
}

int run(const std::vector<std::string>& words) {
    if (words.empty()) {
        std::cout << program_help();
        return 2;
    }
    if (const std::string help = help_for(words); !help.empty()) {
        std::cout << help;
        return 0;
    }
    if (words[0] == "--version") {
        std::cout << "bidseal " BIDSEAL_VERSION "\n";
        return 0;
    }
    size_t used = 0;
    Output out(has_word(words, "--json"), has_word(words, "--quiet"), wants_chinese(words));
    try {
        const Command* command = find_command(words, used);
        if (command == nullptr)
            throw Error(ErrorCode::usage, "unknown command; see bidseal --help").subject(words[0]);
        const Args args(*command, {words.begin() + static_cast<long>(used), words.end()});
        if (args.wants_help()) {
            std::cout << command_help(*command);
            return 0;
        }
        if (const std::string lang = args.get_or("lang", "en"); lang != "en" && lang != "zh")
            throw Error(ErrorCode::usage, "--lang wants en or zh");
        const int result = command->run(args, out);
        if (!Output::all_written())
            throw Error(ErrorCode::io_write, "standard output");
        return result;
    } catch (const Error& error) {
        out.error(error);
        return exit_code(error.code());
    } catch (const std::bad_alloc&) {
        out.error(Error(ErrorCode::limit_exceeded, "out of memory"));
        return exit_code(ErrorCode::limit_exceeded);
    } catch (const std::exception& error) {
        out.error(Error(ErrorCode::internal, error.what()));
        return 1;
    }
}

}  // namespace
}  // namespace bidseal::cli

int main(int argc, char** argv) {
    bidseal::cli::install_signal_handlers();
    return bidseal::cli::run({argv + 1, argv + argc});
}
