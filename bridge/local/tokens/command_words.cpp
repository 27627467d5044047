#include "bridge/local/tokens/command_words.h"

#include "bidseal/base/error.h"

namespace bidseal::bridge {

CommandWords::CommandWords(const std::vector<std::string>& words,
                           const std::set<std::string>& options,
                           const std::set<std::string>& flags) {
    for (size_t i = 0; i < words.size(); ++i) {
        std::string name = words[i];
        if (name.compare(0, 2, "--") != 0) {
            m_alone.push_back(name);
            continue;
        }
        std::string value;
        const size_t equals = name.find('=');
        if (equals != std::string::npos) {
            value = name.substr(equals + 1);
            name.resize(equals);
        }
        const bool takes_value = options.count(name) != 0;
        if ((!takes_value && flags.count(name) == 0) || (!takes_value && !value.empty()))
            throw Error(ErrorCode::usage, "unknown option").subject(name);
        if (takes_value && equals == std::string::npos) {
            if (i + 1 == words.size())
                throw Error(ErrorCode::usage, "a value is missing").subject(name);
            value = words[++i];
        }
        if (!m_values.emplace(name, value).second)
            throw Error(ErrorCode::usage, "given twice").subject(name);
    }
}

std::string CommandWords::value(const std::string& name) const {
    const auto found = m_values.find(name);
    return found == m_values.end() ? std::string() : found->second;
}

std::string CommandWords::needed(const std::string& name) const {
    const std::string text = value(name);
    if (text.empty())
        throw Error(ErrorCode::usage, "is missing").subject(name);
    return text;
}

std::string CommandWords::alone(size_t place, const char* what) const {
    if (place >= m_alone.size())
        throw Error(ErrorCode::usage, "is missing").subject(what);
    return m_alone[place];
}

}  // namespace bidseal::bridge
