#include "bridge/local/tokens/commands.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <functional>

#include <fcntl.h>
#include <unistd.h>

#include "bidseal/crypto/certificate.h"
#include "bidseal/crypto/certificate_request.h"

#include "bridge/local/base/display.h"
#include "bridge/local/base/system.h"
#include "bridge/local/dialogs/pinentry.h"
#include "bridge/local/dialogs/texts.h"
#include "bridge/local/tokens/command_words.h"
#include "bridge/local/tokens/library_list.h"
#include "bridge/ukey/profile_file.h"
#include "bridge/worker/probe.h"

namespace bidseal::bridge {

namespace {

constexpr size_t max_input = 1u << 20;
constexpr std::chrono::seconds window_time{120};

/// What the windows of these commands say.
struct Words {
    const char *user_pin, *new_pin, *new_pin_again, *admin_pin, *tries, *pin, *ok, *cancel;
    const char *not_the_same, *new_key, *import_key, *go_on;
};

constexpr Words english = {
    "PIN of UKey %1:",
    "New PIN of UKey %1 (6 to 16 characters):",
    "The new PIN of UKey %1 again:",
    "Administrator PIN of UKey %1:",
    "Tries left: %1 of %2.",
    "PIN",
    "OK",
    "Cancel",
    "The two entries differ.",
    "UKey %1 gets a new SIGNING KEY. The present certificate signs no more from then on; it must "
    "be "
    "replaced by the one that your CA makes from the request. Bids that were signed stay valid.",
    "UKey %1 gets another ENCRYPTION KEY. What was encrypted to the present one, bids that are not "
    "yet opened above all, CAN NOT BE OPENED with this UKey any more. Add the new certificate to "
    "those bids first (bidseal rewrap).",
    "Go on",
};

constexpr Words chinese = {
    "请输入 UKey %1 的 PIN 码：",
    "请输入 UKey %1 的新 PIN 码（6 到 16 个字符）：",
    "请再次输入 UKey %1 的新 PIN 码：",
    "请输入 UKey %1 的管理员 PIN 码：",
    "剩余次数：%1／%2。",
    "PIN 码",
    "确定",
    "取消",
    "两次输入不一致。",
    "UKey %1 将生成新的签名密钥。此后现有证书不能再签名，须用 CA 机构按申请签发的新证书替换。"
    "已签署的投标文件仍然有效。",
    "UKey %1 将更换加密密钥。用现有密钥加密的内容，尤其是尚未开标的投标文件，此后将无法用该 UKey "
    "解密。"
    "请先为这些文件添加新证书（bidseal rewrap）。",
    "继续",
};

/// The windows, for one UKey.
class Person {
public:
    Person(const CommandWords& words, std::string token)
        : m_texts(chosen(words) == Language::chinese ? chinese : english),
          m_dialogs(find_pinentry(words.value("--pinentry")), window_time),
          m_token(std::move(token)) {}

    SecretBytes user_pin(const ukey::PinState& state) { return ask(m_texts.user_pin, &state); }
    SecretBytes admin_pin() { return ask(m_texts.admin_pin, nullptr); }
    /// Asked for twice.
    SecretBytes new_pin() {
        SecretBytes first = ask(m_texts.new_pin, nullptr);
        const SecretBytes second = ask(m_texts.new_pin_again, nullptr);
        require(first.equals(second), ErrorCode::pin_cancelled, m_texts.not_the_same);
        return first;
    }
    /// Throws Error(consent_refused).
    void confirm_new_key() { confirm(m_texts.new_key); }
    void confirm_import() { confirm(m_texts.import_key); }

private:
    static Language chosen(const CommandWords& words) {
        const std::string text = words.value("--language");
        require(text.empty() || text == "en" || text == "zh", ErrorCode::usage,
                "language is en or zh");
        return text.empty() ? system_language()
                            : (text == "zh" ? Language::chinese : Language::english);
    }

    DialogText window(const char* description) const {
        DialogText text;
        text.title = "BidSeal";
        text.description = fill_in(description, m_token);
        text.cancel = m_texts.cancel;
        return text;
    }

    SecretBytes ask(const char* description, const ukey::PinState* state) {
        DialogText text = window(description);
        if (state != nullptr && state->counted())
            text.description += "\n" + fill_in(m_texts.tries, std::to_string(state->left),
                                               std::to_string(state->max));
        text.prompt = m_texts.pin;
        text.ok = m_texts.ok;
        auto pin = m_dialogs.ask_pin(text, m_interrupt);
        require(pin.has_value(), ErrorCode::pin_cancelled);
        return std::move(*pin);
    }

    void confirm(const char* description) {
        DialogText text = window(description);
        text.ok = m_texts.go_on;
        require(m_dialogs.confirm(text, m_interrupt).has_value(), ErrorCode::consent_refused);
    }

    const Words& m_texts;
    Pinentry m_dialogs;
    Interrupt m_interrupt;
    std::string m_token;
};

using Drivers = std::vector<std::unique_ptr<ukey::TokenDriver>>;

Drivers start_drivers(const CommandWords& words, Log& log) {
    Drivers drivers;
    if (words.has("--library")) {
        LibraryEntry entry = unlisted_library(words.value("--library"));
        if (words.has("--profile")) {
            std::vector<std::string> environment = entry.profile.environment;
            entry.profile = ukey::parse_profile(read_file(words.value("--profile"), max_input));
            for (std::string& name : environment)
                entry.profile.environment.push_back(std::move(name));
        }
        drivers.push_back(start_driver(entry, log));
        return drivers;
    }
    for (const LibraryEntry& entry : load_library_list(words.needed("--token-manifest")))
        drivers.push_back(start_driver(entry, log));
    return drivers;
}

struct Found {
    ukey::TokenDriver* driver;
    ukey::TokenInfo info;
};

std::vector<Found> find_all(const Drivers& drivers, const CommandWords& words) {
    std::vector<Found> found;
    for (const auto& driver : drivers) {
        for (ukey::TokenInfo& info : driver->list()) {
            if (words.has("--device") && info.device != words.value("--device"))
                continue;
            if (words.has("--container") && info.container != words.value("--container"))
                continue;
            found.push_back({driver.get(), std::move(info)});
        }
    }
    return found;
}

/// The one container that is meant.
Found find_one(const Drivers& drivers, const CommandWords& words) {
    std::vector<Found> found = find_all(drivers, words);
    require(!found.empty(), ErrorCode::token_absent);
    require(found.size() == 1, ErrorCode::usage,
            "several containers are there: choose with --device and --container");
    return std::move(found.front());
}

void write_new_file(const std::string& path, ByteView content) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    require(file >= 0, errno == EEXIST ? ErrorCode::file_exists : ErrorCode::io_write);
    size_t done = 0;
    while (done < content.size()) {
        const ssize_t sent = ::write(file, content.data() + done, content.size() - done);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            break;
        done += static_cast<size_t>(sent);
    }
    const bool closed = ::close(file) == 0;
    require(done == content.size() && closed, ErrorCode::io_write);
}

std::string pin_text(const ukey::PinState& pin) {
    std::string text;
    if (pin.counted())
        text = std::to_string(pin.left) + " of " + std::to_string(pin.max) + " tries left";
    else if (pin.locked())
        text = "locked";
    else if (pin.last_try())
        text = "last try";
    else
        text = pin.low() ? "few tries left" : "the UKey does not count tries";
    return pin.is_default ? text + ", still the one it was delivered with" : text;
}

void print_certificate(const char* purpose, const Bytes& der, Timestamp now) {
    if (der.empty())
        return;
    const auto certificate = crypto::Certificate::parse(der);
    constexpr int64_t day = 24 * 60 * 60;
    const int64_t left = (certificate.not_after().seconds - now.seconds) / day;
    std::printf("  %s certificate: %s, until %s (%lld days left)\n", purpose,
                display_text(certificate.subject_text(), 512).c_str(),
                format_time(certificate.not_after()).c_str(),
                static_cast<long long>(std::max<int64_t>(left, 0)));
}

int list(const Drivers& drivers, const CommandWords& words) {
    const std::vector<Found> all = find_all(drivers, words);
    require(!all.empty(), ErrorCode::token_absent);
    for (const Found& one : all) {
        const ukey::TokenInfo& info = one.info;
        const auto text = [](const std::string& value) {
            return display_text(value, 128);
        };
        std::printf("device %s, serial %s, label %s, maker %s\n", text(info.device).c_str(),
                    text(info.serial).c_str(), text(info.label).c_str(),
                    text(info.manufacturer).c_str());
        std::printf("  application %s, container %s\n", text(info.application).c_str(),
                    text(info.container).c_str());
        std::printf("  PIN: %s\n", pin_text(info.pin).c_str());
        const Timestamp now = SystemClock().now();
        print_certificate("signing", info.signing_certificate, now);
        print_certificate("encryption", info.encryption_certificate, now);
    }
    return 0;
}

/// The session on the container that is meant, and its person.
struct Work {
    Work(const Drivers& drivers, const CommandWords& words)
        : found(find_one(drivers, words)),
          session(found.driver->open(found.info)),
          person(words, display_text(found.info.label, 64) + " (" +
                            display_text(found.info.serial, 40) + ")") {}
    void login() {
        const ukey::PinState state = session->pin_state();
        if (state.locked())
            throw Error(ErrorCode::pin_locked).retries(0);
        session->login(person.user_pin(state));
    }
    Found found;
    std::unique_ptr<ukey::TokenSession> session;
    Person person;
};

int change_pin(Work& work, const CommandWords&) {
    const SecretBytes old_pin = work.person.user_pin(work.session->pin_state());
    const SecretBytes new_pin = work.person.new_pin();
    work.session->change_pin(old_pin, new_pin);
    std::puts("the PIN was changed");
    return 0;
}

int unlock(Work& work, const CommandWords&) {
    const SecretBytes admin_pin = work.person.admin_pin();
    const SecretBytes new_pin = work.person.new_pin();
    work.session->unblock(admin_pin, new_pin);
    std::puts("the UKey is unlocked and has a new PIN");
    return 0;
}

int request(Work& work, const CommandWords& words) {
    const std::string out = words.needed("--out");
    const Bytes subject = crypto::name_der(words.needed("--organization"), words.needed("--name"));
    if (words.has("--new-key"))
        work.person.confirm_new_key();
    work.login();
    if (words.has("--new-key"))
        work.session->generate_signing_key();
    write_new_file(out, work.session->certificate_request(subject));
    std::printf("%s holds the request (PKCS #10, DER)\n", out.c_str());
    return 0;
}

int import_certificate(Work& work, const CommandWords& words) {
    const std::string purpose = words.needed("--for");
    require(purpose == "signing" || purpose == "encryption", ErrorCode::usage,
            "--for is signing or encryption");
    const auto certificates = crypto::Certificate::parse_file(
        read_file(words.alone(1, "the certificate's file"), max_input));
    work.login();
    work.session->import_certificate(purpose == "signing", certificates.at(0).der());
    std::printf("the %s certificate is on the UKey\n", purpose.c_str());
    return 0;
}

int import_key(Work& work, const CommandWords& words) {
    const Bytes blob = read_file(words.alone(1, "the key's file"), max_input);
    work.person.confirm_import();
    work.login();
    work.session->import_encryption_key(blob);
    std::puts("the encryption key is on the UKey; now import its certificate");
    return 0;
}

int files(Work& work, const CommandWords&) {
    for (const ukey::RawFile& file : work.session->files())
        std::printf("%u\t%s\n", file.size, display_text(file.name, 128).c_str());
    return 0;
}

int copy_file(Work& work, const CommandWords& words) {
    const std::string out = words.needed("--out");
    const std::string name = words.alone(1, "the file's name");
    write_new_file(out, work.session->read_file(name));
    return 0;
}

}  // namespace

int run_token_command(const std::vector<std::string>& words) {
    const CommandWords given(
        words,
        {"--library", "--profile", "--token-manifest", "--device", "--container", "--pinentry",
         "--language", "--organization", "--name", "--out", "--for"},
        {"--new-key", "--help"});
    if (given.has("--help")) {
        std::fputs(token_usage_text(), stdout);
        return 0;
    }
    using Command = int (*)(Work&, const CommandWords&);
    static const std::map<std::string, Command> commands = {
        {"change-pin", change_pin}, {"unlock", unlock},
        {"request", request},       {"import-certificate", import_certificate},
        {"import-key", import_key}, {"files", files},
        {"read-file", copy_file},
    };
    const std::string name = given.alone(0, "the command");
    const auto command = commands.find(name);
    if (command == commands.end() && name != "list")
        throw Error(ErrorCode::usage, "unknown command").subject(name);
    Log log;
    const Drivers drivers = start_drivers(given, log);
    if (name == "list")
        return list(drivers, given);
    Work work(drivers, given);
    return command->second(work, given);
}

int run_probe_command(const std::vector<std::string>& words) {
    const CommandWords given(words, {"--name", "--device", "--pinentry", "--language"}, {"--help"});
    if (given.has("--help")) {
        std::fputs(token_usage_text(), stdout);
        return 0;
    }
    worker::ProbeRequest request;
    request.library = given.alone(0, "the library");
    if (given.has("--name"))
        request.name = given.value("--name");
    request.device = given.value("--device");
    request.environment = ukey::Profile::unlisted().environment;
    request.pin = [&](const std::string& label) {
        return Person(given, display_text(label, 64)).user_pin({});
    };
    request.tell = [](const std::string& step) {
        std::fprintf(stderr, "probe: %s\n", step.c_str());
    };
    ukey::Profile found = worker::probe(request);
    found.environment.clear();
    std::fputs(ukey::write_profile(found).c_str(), stdout);
    return 0;
}

const char* token_usage_text() {
    return R"(usage: bidseal-bridge token COMMAND [options]
       bidseal-bridge probe LIBRARY [--name NAME] [--device NAME]

  token list                          UKeys, their certificates and PIN tries
  token change-pin                    a new PIN
  token unlock                        a new PIN by the administrator PIN
  token request --organization NAME --name NAME --out FILE [--new-key]
                                      a certificate request; --new-key: over a new signing key
  token import-certificate --for signing|encryption FILE
  token import-key FILE               an encryption key that the CA sent (ENVELOPEDKEYBLOB)
  token files                         files on the UKey, such as pictures of seals
  token read-file NAME --out FILE
  probe LIBRARY                       finds the profile of a library; uses up no tries

options:
  --token-manifest FILE    the administrator's list of libraries
  --library FILE           this library, with --profile FILE if it departs from the standard
  --device NAME, --container NAME
                           which, when there are several
  --pinentry PROGRAM, --language en|zh
                           as for the bridge

PINs are asked for in windows. Exit codes: 0 done, 1 failed, 2 wrong usage.
)";
}

}  // namespace bidseal::bridge
