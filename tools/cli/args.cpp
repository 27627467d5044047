#include "tools/cli/args.h"

#include <algorithm>

#include "bidseal/base/error.h"

namespace bidseal::cli {
namespace {

const Option* find_option(const Command& command, const std::string& name) {
    for (const auto* table : {&command.options, &common_options()})
        for (const Option& option : *table)
            if (option.name == name)
                return &option;
    return nullptr;
}

std::string padded(std::string text, size_t width) {
    text.resize(std::max(text.size() + 2, width), ' ');
    return text;
}

std::string option_line(const Option& option) {
    std::string left = "  --" + option.name;
    if (!option.value.empty())
        left += " " + option.value;
    std::string right = option.help;
    if (option.required)
        right += " (required)";
    if (option.repeat)
        right += " (may be repeated)";
    return padded(std::move(left), 34) + right + "\n";
}

}  // namespace

Args::Args(const Command& command, const std::vector<std::string>& words) {
    bool options_end = false;
    for (size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (!options_end && word == "--") {
            options_end = true;
            continue;
        }
        if (!options_end && (word == "--help" || word == "-h")) {
            m_help = true;
            return;
        }
        if (options_end || word.size() < 2 || word[0] != '-') {
            if (command.positional.empty() || !m_positional.empty())
                throw Error(ErrorCode::usage, "unexpected argument: " + word);
            m_positional = word;
            continue;
        }
        if (word[1] != '-')
            throw Error(ErrorCode::usage, "unknown option: " + word);
        std::string name = word.substr(2);
        std::optional<std::string> value;
        if (const size_t equals = name.find('='); equals != std::string::npos) {
            value = name.substr(equals + 1);
            name.resize(equals);
        }
        const Option* option = find_option(command, name);
        if (option == nullptr)
            throw Error(ErrorCode::usage, "unknown option: --" + name);
        if (option->value.empty()) {
            if (value)
                throw Error(ErrorCode::usage, "--" + name + " takes no value");
            value = "";
        } else if (!value) {
            if (++i == words.size())
                throw Error(ErrorCode::usage, "--" + name + " needs a value: " + option->value);
            value = words[i];
        }
        auto& values = m_values[name];
        if (!values.empty() && !option->repeat)
            throw Error(ErrorCode::usage, "--" + name + " is given twice");
        values.push_back(*value);
    }
    if (!command.positional.empty() && m_positional.empty())
        throw Error(ErrorCode::usage, "missing argument: " + command.positional);
    for (const Option& option : command.options)
        if (option.required && !has(option.name))
            throw Error(ErrorCode::usage, "missing option: --" + option.name);
}

const std::string& Args::get(const std::string& name) const {
    const auto found = m_values.find(name);
    if (found == m_values.end())
        throw Error(ErrorCode::usage, "missing option: --" + name);
    return found->second.front();
}

std::string Args::get_or(const std::string& name, std::string fallback) const {
    const auto found = m_values.find(name);
    return found == m_values.end() ? std::move(fallback) : found->second.front();
}

std::vector<std::string> Args::all(const std::string& name) const {
    const auto found = m_values.find(name);
    return found == m_values.end() ? std::vector<std::string>{} : found->second;
}

namespace {

/// What the exit codes mean: see exit_code() in output.cpp.
struct ExitMeaning {
    const char* code;
    const char* meaning;
};
constexpr ExitMeaning exit_meanings[] = {
    {"0", "done"},
    {"1", "fault of the program"},
    {"2", "wrong use"},
    {"3", "refused input"},
    {"4", "not trusted"},
    {"5", "key or PIN"},
    {"6", "files and disks"},
    {"130", "cancelled"},
};

/// Text for man(7): nothing in it is taken for a request or an escape.
std::string roff(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n'))
            out += "\\&";
        if (c == '\\')
            out += "\\e";
        else if (c == '-')
            out += "\\-";
        else
            out += c;
    }
    return out;
}

std::string manual_options(const std::vector<Option>& options) {
    std::string text;
    for (const Option& option : options) {
        text += ".TP\n\\fB\\-\\-" + roff(option.name) + "\\fR";
        if (!option.value.empty())
            text += " \\fI" + roff(option.value) + "\\fR";
        text += "\n" + roff(option.help) + (option.required ? " (required)" : "") +
                (option.repeat ? " (may be repeated)" : "") + "\n";
    }
    return text;
}

}  // namespace

std::string manual_page() {
    std::string text =
        ".TH BIDSEAL 1 \"\" \"BidSeal\" \"User Commands\"\n.SH NAME\n"
        "bidseal \\- make, seal, check and open electronic bids\n.SH SYNOPSIS\n"
        "\\fBbidseal\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n.SH COMMANDS\n";
    for (const Command& command : commands()) {
        text += ".SS bidseal " + roff(command.name) +
                (command.positional.empty() ? "" : " " + roff(command.positional)) + "\n" +
                roff(command.summary) + ".\n" + manual_options(command.options);
        if (!command.examples.empty())
            text += ".PP\nExamples:\n.PP\n.nf\n.RS\n";
        for (const std::string& example : command.examples)
            text += roff(example) + "\n";
        if (!command.examples.empty())
            text += ".RE\n.fi\n";
    }
    text +=
        ".SH OPTIONS OF EVERY COMMAND\n" + manual_options(common_options()) + ".SH EXIT STATUS\n";
    for (const ExitMeaning& exit : exit_meanings)
        text += std::string(".TP\n\\fB") + exit.code + "\\fR\n" + exit.meaning + "\n";
    return text;
}

std::string program_help() {
    std::string text =
        "bidseal: make, seal, check and open electronic bids\n\nusage: bidseal COMMAND "
        "[OPTIONS]\n\n"
        "Commands:\n";
    for (const Command& command : commands())
        text += padded("  " + command.name, 20) + command.summary + "\n";
    text += "\nOptions of every command:\n";
    for (const Option& option : common_options())
        text += option_line(option);
    text += "\nExit codes:\n";
    for (const ExitMeaning& exit : exit_meanings)
        text += padded(std::string("  ") + exit.code, 8) + exit.meaning + "\n";
    text += "\n`bidseal COMMAND --help` shows a command's options and examples.\n";
    return text;
}

std::string command_help(const Command& command) {
    std::string text = "bidseal " + command.name + ": " + command.summary + "\n\nusage: bidseal " +
                       command.name + (command.positional.empty() ? "" : " " + command.positional) +
                       " [OPTIONS]\n\nOptions:\n";
    for (const auto* table : {&command.options, &common_options()})
        for (const Option& option : *table)
            text += option_line(option);
    if (!command.examples.empty()) {
        text += "\nExamples:\n";
        for (const std::string& example : command.examples)
            text += "  " + example + "\n";
    }
    return text;
}

std::string completion_script(const std::string& shell) {
    std::string first_words, cases;
    for (const Command& command : commands()) {
        const std::string word = command.name.substr(0, command.name.find(' '));
        if ((" " + first_words + " ").find(" " + word + " ") == std::string::npos)
            first_words += (first_words.empty() ? "" : " ") + word;
    }
    if (shell == "fish") {
        std::string text =
            "complete -c bidseal -f -n __fish_use_subcommand -a '" + first_words + "'\n";
        for (const Command& command : commands()) {
            std::string condition;
            std::string rest = command.name + " ";
            while (!rest.empty()) {
                const std::string word = rest.substr(0, rest.find(' '));
                condition +=
                    (condition.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + word);
                rest.erase(0, word.size() + 1);
            }
            for (const auto* table : {&command.options, &common_options()})
                for (const Option& option : *table)
                    text += "complete -c bidseal -n '" + condition + "' -l " + option.name +
                            (option.value.empty() ? "" : " -r -F") + " -d '" + option.help + "'\n";
            if (const size_t space = command.name.find(' '); space != std::string::npos)
                text += "complete -c bidseal -f -n '__fish_seen_subcommand_from " +
                        command.name.substr(0, space) + "' -a " + command.name.substr(space + 1) +
                        "\n";
            if (!command.positional.empty())
                text += "complete -c bidseal -n '" + condition + "' -F\n";
        }
        return text;
    }
    if (shell != "bash" && shell != "zsh")
        throw Error(ErrorCode::usage, "completion is there for bash, zsh and fish");
    std::string seconds;
    for (const Command& command : commands()) {
        std::string options;
        for (const auto* table : {&command.options, &common_options()})
            for (const Option& option : *table)
                options += (options.empty() ? "--" : " --") + option.name;
        const size_t space = command.name.find(' ');
        const std::string pattern =
            space == std::string::npos ? "\"" + command.name + " \"*" : "\"" + command.name + "\"";
        cases += "        " + pattern + ") words='" + options + "' ;;\n";
        if (space != std::string::npos)
            seconds += (seconds.empty() ? "" : " ") + command.name.substr(space + 1);
    }
    std::string text;
    if (shell == "zsh")
        text += "#compdef bidseal\nautoload -U +X bashcompinit && bashcompinit\n";
    text +=
        "_bidseal() {\n"
        "    local current=${COMP_WORDS[COMP_CWORD]} words=''\n"
        "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
        "        COMPREPLY=($(compgen -W '" +
        first_words +
        "' -- \"$current\"))\n"
        "        return\n"
        "    fi\n"
        "    if [ \"$COMP_CWORD\" -eq 2 ] && [ \"${COMP_WORDS[1]}\" = tender ]; then\n"
        "        COMPREPLY=($(compgen -W '" +
        seconds +
        "' -- \"$current\"))\n"
        "        return\n"
        "    fi\n"
        "    case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n" +
        cases +
        "    esac\n"
        "    if [[ \"$current\" == -* ]]; then\n"
        "        COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
        "    else\n"
        "        COMPREPLY=($(compgen -f -- \"$current\"))\n"
        "    fi\n"
        "}\n"
        "complete -o filenames -F _bidseal bidseal\n";
    return text;
}

}  // namespace bidseal::cli
