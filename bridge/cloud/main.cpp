// bidseal-cloud: puts the parts together and serves.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include <sys/prctl.h>
#include <sys/resource.h>

#include "bridge/cloud/base/key_file.h"
#include "bridge/cloud/enrol/simulators.h"
#include "bridge/cloud/http/app.h"
#include "bridge/cloud/options.h"
#include "bridge/cloud/store/sqlite_store.h"
#include "bridge/host/system.h"
#include "bridge/os/process.h"

namespace bidseal::cloud {
namespace {

constexpr const char* version = "0.1.0";

/// The time that a file says, for tests: it may change while the service runs.
class FileClock : public Clock {
public:
    explicit FileClock(std::string file) : m_file(std::move(file)) {}
    Timestamp now() const override {
        const Bytes text = read_whole_file(m_file, 64);
        return parse_time(as_text(text).substr(0, 20));
    }

private:
    std::string m_file;
};

/// Key shares must not reach a core file or a debugger of the same user.
void harden() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);
    ::signal(SIGPIPE, SIG_IGN);
}

std::vector<crypto::Certificate> load_certificates(const std::vector<std::string>& files) {
    std::vector<crypto::Certificate> all;
    for (const std::string& file : files) {
        for (auto& certificate : crypto::Certificate::parse_file(read_whole_file(file, 1 << 20)))
            all.push_back(std::move(certificate));
    }
    return all;
}

crypto::TrustStore load_trust(const std::vector<std::string>& files) {
    crypto::TrustStore trust;
    for (auto& certificate : load_certificates(files)) {
        auto& place = certificate.self_issued() ? trust.roots : trust.intermediates;
        place.push_back(std::move(certificate));
    }
    return trust;
}

bool has_role(const Options& options, const std::string& role) {
    return options.roles.empty() ||
           std::find(options.roles.begin(), options.roles.end(), role) != options.roles.end();
}

/// A role's store, sealing key and records: of its own, so that the roles can be of different
/// hands.
struct RoleStore {
    SqliteStore store;
    Records records;
    RoleStore(const std::string& folder, const std::string& role,
              SqliteStore::Durability durability, const Clock& clock, Random& random)
        : store(folder + "/" + role + ".sqlite", durability),
          records(
              store,
              load_or_make_secret(folder + "/" + role + ".sealing-key", sealing_key_size, random),
              clock, random) {}
};

crypto::Sm2PublicKey public_key(const std::string& hex) {
    return crypto::Sm2PublicKey::from_point(from_hex(hex));
}

Server* signalled = nullptr;
void on_signal(int) {
    if (signalled != nullptr)
        signalled->stop();
}

/// Everything that a process needs, in the order in which it is made.
class Process {
public:
    explicit Process(const Options& options);
    int serve();
    int verify_audit();
    int administer();

private:
    std::string service_info() const;
    void check_stores();
    void make_roles();

    const Options& m_options;
    Log m_log;
    Metrics m_metrics;
    host::SystemRandom m_random;
    host::SystemClock m_system_clock;
    FileClock m_file_clock;
    const Clock& m_clock;
    crypto::TrustStore m_trust;
    std::vector<crypto::CertificateDigest> m_platforms;
    std::unique_ptr<RoleStore> m_hub_store, m_cosign_store, m_enrol_store;
    std::optional<crypto::Sm2PrivateKey> m_cosign_key, m_enrol_key;
    std::optional<crypto::Sm2PublicKey> m_cosign_public, m_enrol_public;
    std::unique_ptr<Server> m_server;
    std::unique_ptr<HubService> m_hub;
    std::unique_ptr<CosignService> m_cosign;
    std::unique_ptr<EnrolService> m_enrol;
    std::unique_ptr<SimulatedSms> m_sms;
    SimulatedFaceCheck m_face;
    SimulatedRegistry m_registry;
    std::unique_ptr<CertificateIssuer> m_issuer;
};

Process::Process(const Options& options)
    : m_options(options),
      m_file_clock(options.state + "/clock"),
      m_clock(options.test_clock ? static_cast<const Clock&>(m_file_clock) : m_system_clock),
      m_trust(load_trust(options.trust)) {
    for (const auto& certificate : load_certificates(options.platforms))
        m_platforms.push_back(certificate.digest());
    open_private_folder(options.state);
    const auto open = [&](const char* role, SqliteStore::Durability durability) {
        return has_role(options, role)
                   ? std::make_unique<RoleStore>(options.state, role, durability, m_clock, m_random)
                   : nullptr;
    };
    m_hub_store = open("hub", SqliteStore::Durability::process);
    m_cosign_store = open("cosign", SqliteStore::Durability::power);
    m_enrol_store = open("enrol", SqliteStore::Durability::power);
    if (m_cosign_store) {
        m_cosign_key = load_or_make_key(options.state + "/cosign.key", m_random);
        m_cosign_public = m_cosign_key->public_key();
    } else if (!options.cosign_key.empty()) {
        m_cosign_public = public_key(options.cosign_key);
    }
    if (m_enrol_store) {
        m_enrol_key = load_or_make_key(options.state + "/enrol.key", m_random);
        m_enrol_public = m_enrol_key->public_key();
    } else if (!options.enrol_key.empty()) {
        m_enrol_public = public_key(options.enrol_key);
    }
}

void Process::make_roles() {
    require(m_enrol_public.has_value(), ErrorCode::usage,
            "--enrol-key is needed without that role");
    require(!m_enrol_store || m_cosign_public.has_value(), ErrorCode::usage,
            "--cosign-key is needed without that role");
    require(!m_enrol_store || m_options.simulators, ErrorCode::usage,
            "enrolment has simulators alone so far: --simulators");
    const auto millis = [this]() -> session::Millis {
        // The sub-second part does not matter where a test says what time it is.
        if (m_options.test_clock)
            return m_clock.now().seconds * 1000;
        return std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::system_clock::now().time_since_epoch())
            .count();
    };
    if (m_hub_store)
        m_hub = std::make_unique<HubService>(
            HubService::Parts{m_hub_store->records, *m_enrol_public, m_trust, m_platforms, m_clock,
                              millis, m_random, *m_server});
    if (m_cosign_store)
        m_cosign = std::make_unique<CosignService>(CosignService::Parts{
            m_cosign_store->records, *m_cosign_key, *m_enrol_public, m_trust, m_platforms, m_clock,
            m_random, [this](const std::string& route, const char* outcome) {
                m_metrics.count("bidseal_cosign_calls_total",
                                "call=\"" + route + "\",outcome=\"" + outcome + "\"");
            }});
    if (!m_enrol_store)
        return;
    m_log.warn("simulators", {{"simulated", "sms,face,registry"}});
    m_sms = std::make_unique<SimulatedSms>(m_options.state + "/simulated-sms.txt");
    if (m_options.test_ca.empty())
        m_issuer = std::make_unique<NoIssuer>();
    else
        m_issuer = std::make_unique<TestCaProgram>(m_options.testca_program.empty()
                                                       ? os::program_folder() + "/bidseal-testca"
                                                       : m_options.testca_program,
                                                   m_options.test_ca, m_options.state);
    m_enrol = std::make_unique<EnrolService>(
        EnrolService::Parts{m_enrol_store->records, *m_enrol_key, *m_cosign_public, *m_sms, m_face,
                            m_registry, *m_issuer, m_clock, m_random});
}

std::string Process::service_info() const {
    protocol::ObjectBuilder out;
    std::vector<std::string> roles;
    for (const char* role : {"hub", "cosign", "enrol"}) {
        if (has_role(m_options, role))
            roles.emplace_back(role);
    }
    out.text("version", version).texts("roles", roles);
    if (m_cosign_key)
        out.hex("cosign_key", m_cosign_public->point());
    if (m_enrol_key)
        out.hex("enrol_key", m_enrol_public->point());
    return protocol::write_json(out.build());
}

void Process::check_stores() {
    for (const auto* each : {&m_hub_store, &m_cosign_store, &m_enrol_store}) {
        if (*each)
            (*each)->records.audit_head();
    }
}

int Process::serve() {
    m_server = std::make_unique<Server>(ServerOptions{m_options.address, m_options.port,
                                                      m_options.tls_certificate, m_options.tls_key},
                                        m_log);
    make_roles();
    App app({m_hub.get(), m_cosign.get(), m_enrol.get(), service_info(), [this] { check_stores(); },
             *m_server, m_metrics, m_log, m_options.threads});
    std::atomic<bool> ending{false};
    std::thread ticker([&] {
        for (int count = 0; !ending; count++) {
            std::this_thread::sleep_for(std::chrono::milliseconds(250));
            try {
                if (m_hub)
                    m_hub->tick();
                for (const auto* each : {&m_hub_store, &m_cosign_store, &m_enrol_store}) {
                    if (*each && count % 40 == 0)
                        (*each)->store.drop_expired(m_clock.now(), 1000);
                }
            } catch (const std::exception& error) {
                m_log.warn("tick_failed", {{"reason", error.what()}});
            }
            m_server->wake();
        }
    });
    signalled = m_server.get();
    std::signal(SIGTERM, on_signal);
    std::signal(SIGINT, on_signal);
    m_log.info("listening", {{"port", std::to_string(m_options.port)}});
    std::printf("bidseal-cloud %s %s://%s:%u\n", version,
                m_options.tls_certificate.empty() ? "http" : "https", m_options.address.c_str(),
                m_options.port);
    std::fflush(stdout);
    m_server->run(app);
    ending = true;
    ticker.join();
    app.finish();
    signalled = nullptr;
    m_log.info("stopped");
    return 0;
}

int Process::verify_audit() {
    const std::pair<const char*, RoleStore*> stores[] = {{"cosign", m_cosign_store.get()},
                                                         {"enrol", m_enrol_store.get()}};
    for (const auto& [role, store] : stores) {
        if (store == nullptr)
            continue;
        const AuditHead head = store->records.verify_audit();
        std::printf("%s %llu %s\n", role, static_cast<unsigned long long>(head.count),
                    to_hex(head.hash.view()).c_str());
    }
    return 0;
}

int Process::administer() {
    require(m_cosign_store != nullptr, ErrorCode::usage, "not the co-sign role");
    CosignService service({m_cosign_store->records, *m_cosign_key, *m_cosign_public, m_trust,
                           m_platforms, m_clock, m_random});
    const auto key = [](const std::string& hex) {
        const Bytes bytes = from_hex(hex);
        require(bytes.size() == cosign::KeyId::size(), ErrorCode::usage, "no key's id");
        cosign::KeyId id;
        std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
        return id;
    };
    if (!m_options.unlock.empty())
        service.unlock(key(m_options.unlock));
    if (!m_options.retire.empty())
        service.retire(key(m_options.retire));
    if (!m_options.close.empty())
        service.close(key(m_options.close));
    return 0;
}

int run(const std::vector<std::string>& arguments) {
    const Options options = parse_options(arguments);
    if (options.help) {
        std::fputs(usage_text(), stdout);
        return 0;
    }
    if (options.version) {
        std::printf("bidseal-cloud %s\n", version);
        return 0;
    }
    if (options.openapi) {
        std::fputs(openapi_document().c_str(), stdout);
        return 0;
    }
    harden();
    Process process(options);
    if (options.verify_audit)
        return process.verify_audit();
    if (!options.unlock.empty() || !options.retire.empty() || !options.close.empty())
        return process.administer();
    return process.serve();
}

}  // namespace
}  // namespace bidseal::cloud

int main(int count, char** values) {
    try {
        return bidseal::cloud::run({values + 1, values + count});
    } catch (const bidseal::Error& error) {
        std::fprintf(stderr, "bidseal-cloud: %s%s%s (%s)\n", error.subject().c_str(),
                     error.subject().empty() ? "" : ": ", error.what(),
                     bidseal::error_text(error.code(), false));
        return error.code() == bidseal::ErrorCode::usage ? 2 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bidseal-cloud: %s\n", error.what());
        return 1;
    }
}
