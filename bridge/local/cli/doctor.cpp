#include "bridge/local/cli/doctor.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bidseal/base/error.h"
#include "bidseal/protocol/json.h"

#include "bridge/local/base/private_files.h"
#include "bridge/local/cli/commands.h"
#include "bridge/local/dialogs/pinentry.h"
#include "bridge/local/dialogs/texts.h"
#include "bridge/local/pairing/pairing_store.h"
#include "bridge/local/startup.h"
#include "bridge/local/tokens/token_service.h"

namespace bidseal::bridge {

namespace {

enum class Verdict { good, warning, bad };

struct Finding {
    Verdict verdict;
    std::string check;
    std::string text;
};

const char* verdict_name(Verdict verdict) {
    switch (verdict) {
        case Verdict::good:
            return "ok";
        case Verdict::warning:
            return "warning";
        case Verdict::bad:
            return "failed";
    }
    return "failed";
}

bool answers_at(uint16_t port) {
    int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool connected =
        ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return connected;
}

bool has_value(const char* name) {
    const char* value = std::getenv(name);
    return value && *value;
}

/// Fonts of Chinese characters have "CJK", "Hei", "Song" or the like in their files' names.
bool has_chinese_font() {
    namespace fs = std::filesystem;
    for (const char* folder : {"/usr/share/fonts", "/usr/local/share/fonts"}) {
        std::error_code ignored;
        for (const auto& entry : fs::recursive_directory_iterator(folder, ignored)) {
            const std::string name = entry.path().filename().string();
            for (const char* sign :
                 {"CJK", "wqy", "SourceHan", "uming", "ukai", "DroidSansFallback"}) {
                if (name.find(sign) != std::string::npos)
                    return true;
            }
        }
    }
    return false;
}

class Doctor {
public:
    explicit Doctor(Options options) : m_options(std::move(options)) {}

    std::vector<Finding> examine() {
        check("state", [&] { return look_at_state(); });
        check("daemon", [&] { return look_at_daemon(); });
        check("pages", [&] { return look_at_pages(); });
        check("windows", [&] { return look_at_windows(); });
        check("font", [&] { return look_at_fonts(); });
        check("tokens", [&] { return look_at_tokens(); });
        return std::move(m_findings);
    }

private:
    void check(const char* name, const std::function<Finding()>& look) {
        try {
            Finding finding = look();
            finding.check = name;
            m_findings.push_back(std::move(finding));
        } catch (const Error& error) {
            m_findings.push_back({Verdict::bad, name,
                                  std::string(error_text(error.code(), false)) + " " +
                                      error_action(error.code(), false) + " (" +
                                      error_name(error.code()) + ": " + error.what() + ")"});
        }
    }

    Finding look_at_state() {
        m_state = open_state_dir(m_options);
        PairingStore pairings(m_state);
        return {Verdict::good, "", std::to_string(pairings.list().size()) + " pairings"};
    }

    Finding look_at_daemon() {
        const std::optional<RunningDaemon> daemon = find_running(m_state);
        if (!daemon)
            return {Verdict::bad, "", "It does not run. Start bidseal-bridge."};
        if (!answers_at(daemon->port))
            return {Verdict::bad, "", "It runs but does not answer at its port. Start it anew."};
        return {Verdict::good, "",
                "version " + daemon->version + " at port " + std::to_string(daemon->port)};
    }

    Finding look_at_pages() {
        Log log(-1);
        SystemClock clock;
        const OriginPolicy origins = origin_policy(m_options, m_state, clock.now(), log);
        if (origins.empty())
            return {Verdict::bad, "",
                    "No page may connect. List one in " + default_policy_file() +
                        " or by --allow-origin."};
        return {Verdict::good, "", "pages may connect"};
    }

    Finding look_at_windows() {
        const std::string program = find_pinentry(m_options.pinentry);
        const std::string flavour = pinentry_flavour(program);
        const bool graphical = flavour != "curses" && flavour != "tty";
        const bool display = has_value("DISPLAY") || has_value("WAYLAND_DISPLAY");
        if (graphical && !display)
            return {Verdict::warning, "",
                    program + " (" + flavour + ") has no display to show windows on."};
        if (!graphical && !has_value("GPG_TTY"))
            return {Verdict::warning, "",
                    program + " (" + flavour + ") needs its terminal: export GPG_TTY=$(tty)."};
        return {Verdict::good, "", program + " (" + flavour + ")"};
    }

    Finding look_at_fonts() {
        const Language language = m_options.language.value_or(system_language());
        if (has_chinese_font())
            return {Verdict::good, "", "Chinese characters can be shown"};
        return {language == Language::chinese ? Verdict::bad : Verdict::warning, "",
                "No font with Chinese characters. Install fonts-noto-cjk."};
    }

    Finding look_at_tokens() {
        Log log(-1);
        TokenService tokens(load_drivers(m_options, log));
        if (tokens.drivers().empty())
            return {Verdict::bad, "",
                    "No driver is loaded. Have your UKey's driver installed and listed."};
        const std::vector<TokenKey> found = tokens.list();
        if (found.empty())
            return {Verdict::warning, "", "No UKey is plugged in."};
        SystemClock clock;
        size_t expired = 0;
        for (const protocol::KeyInfo& key : describe_keys(found, clock.now())) {
            if (key.signing && key.signing->status == protocol::CertificateStatus::expired)
                ++expired;
        }
        if (expired > 0)
            return {Verdict::warning, "",
                    std::to_string(expired) + " signing certificates have expired. Renew them."};
        return {Verdict::good, "", std::to_string(found.size()) + " keys"};
    }

    Options m_options;
    std::string m_state;
    std::vector<Finding> m_findings;
};

}  // namespace

int run_doctor(const std::vector<std::string>& options, bool json) {
    const std::vector<Finding> findings = Doctor(read_options(options)).examine();
    bool failed = false;
    protocol::Json::Array items;
    for (const Finding& finding : findings) {
        failed = failed || finding.verdict == Verdict::bad;
        if (json) {
            items.push_back(protocol::ObjectBuilder()
                                .text("check", finding.check)
                                .text("verdict", verdict_name(finding.verdict))
                                .text("text", finding.text)
                                .build());
        } else {
            std::printf("%-8s %-8s %s\n", verdict_name(finding.verdict), finding.check.c_str(),
                        finding.text.c_str());
        }
    }
    if (json) {
        std::printf("%s\n", protocol::write_json(
                                protocol::ObjectBuilder().array("checks", std::move(items)).build())
                                .c_str());
    }
    return failed ? 1 : 0;
}

}  // namespace bidseal::bridge
