// The words of a command: options with values, flags, and what stands alone.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace bidseal::bridge {

class CommandWords {
public:
    /// `options` take a value, as `--name VALUE` or `--name=VALUE`; `flags` take none. Throws
    /// Error(usage) for others and for repeated ones.
    CommandWords(const std::vector<std::string>& words, const std::set<std::string>& options,
                 const std::set<std::string>& flags = {});

    bool has(const std::string& name) const { return m_values.count(name) != 0; }
    /// The option's value, or an empty text.
    std::string value(const std::string& name) const;
    /// Throws Error(usage) when it is missing.
    std::string needed(const std::string& name) const;
    const std::vector<std::string>& alone() const { return m_alone; }
    /// The word that stands alone at this place. Throws Error(usage).
    std::string alone(size_t place, const char* what) const;

private:
    std::map<std::string, std::string> m_values;
    std::vector<std::string> m_alone;
};

}  // namespace bidseal::bridge
