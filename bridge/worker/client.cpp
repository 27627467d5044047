#include "bridge/worker/client.h"

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <type_traits>

#include "bridge/os/child.h"
#include "bridge/os/process.h"
#include "bridge/worker/codec.h"

namespace bidseal::worker {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// How long wait_event() sleeps before it looks whether it was cancelled.
constexpr milliseconds slice{50};
// An event is a few bytes: once it has begun the rest is there.
constexpr milliseconds event_time{1000};

std::vector<std::string> environment_for(const ukey::Profile& profile) {
    std::vector<std::string> words{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"};
    std::vector<std::string> names{"HOME", "USER", "XDG_RUNTIME_DIR", "TZ"};
    names.insert(names.end(), profile.environment.begin(), profile.environment.end());
    for (const std::string& name : names) {
        const std::string value = os::environment_value(name);
        if (!value.empty())
            words.push_back(name + "=" + value);
    }
    return words;
}

SecretBytes octet(uint8_t value) {
    return SecretBytes::copy_of({&value, 1});
}

/// A process and the number of its start.
struct Worker {
    Worker(const ClientOptions& options, uint64_t number)
        : generation(number), child(options.program, environment_for(options.profile)) {}
    const uint64_t generation;
    os::Child child;
};

class Client : public ukey::RawDriver {
public:
    explicit Client(const ClientOptions& options) : m_options(options) {
        const std::lock_guard<std::mutex> lock(m_calls);
        running();
    }

    ukey::RawList list() override {
        return decoded([&] { return list_of(call(Op::list, {})); });
    }

    ukey::RawSession open(const ukey::RawPlace& place, const std::string& serial) override {
        const std::lock_guard<std::mutex> lock(m_calls);
        Fields fields;
        for (const std::string& text : {place.device, place.application, place.container, serial})
            fields.push_back(text_field(text));
        const Fields answer = exchange(Op::open, std::move(fields), m_options.call_time);
        ukey::RawSession session;
        session.token = decoded_locked([&] { return token_of(answer[1]); });
        session.id = ++m_last_session;
        m_sessions[session.id] = {current()->generation, number_of(answer[0])};
        return session;
    }

    void close(uint32_t session) override {
        const std::lock_guard<std::mutex> lock(m_calls);
        const auto found = m_sessions.find(session);
        if (found == m_sessions.end())
            return;
        const Place place = found->second;
        m_sessions.erase(found);
        const auto worker = current();
        if (worker == nullptr || worker->generation != place.generation)
            return;
        try {
            exchange(Op::close, one(number_field(place.id)), m_options.call_time);
        } catch (const Error&) {
            // Whatever it was, the session is gone.
        }
    }

    ukey::PinState pin_state(uint32_t session) override {
        return decoded([&] { return pin_state_of(in_session(Op::pin_state, session)[0]); });
    }
    void login(uint32_t session, const SecretBytes& pin) override {
        in_session(Op::login, session, one(pin.clone()));
    }
    void logout(uint32_t session) override { in_session(Op::logout, session); }
    void change_pin(uint32_t session, const SecretBytes& old_pin,
                    const SecretBytes& new_pin) override {
        in_session(Op::change_pin, session, two(old_pin.clone(), new_pin.clone()));
    }
    void unblock(uint32_t session, const SecretBytes& admin_pin,
                 const SecretBytes& new_pin) override {
        in_session(Op::unblock, session, two(admin_pin.clone(), new_pin.clone()));
    }

    Bytes sign(uint32_t session, ukey::RawSignature kind, ByteView digest) override {
        return bytes(
            in_session(Op::sign, session,
                       two(octet(static_cast<uint8_t>(kind)), SecretBytes::copy_of(digest))));
    }
    SecretBytes unwrap(uint32_t session, const ukey::RawCipher& key, ByteView wrapped) override {
        return secret(
            in_session(Op::unwrap, session, two(cipher_field(key), SecretBytes::copy_of(wrapped))));
    }
    SecretBytes decrypt(uint32_t session, const ukey::RawCipher& cipher) override {
        return secret(in_session(Op::decrypt, session, one(cipher_field(cipher))));
    }
    SecretBytes decrypt_rsa(uint32_t session, ByteView cipher) override {
        return secret(in_session(Op::decrypt_rsa, session, one(SecretBytes::copy_of(cipher))));
    }
    Bytes random(uint32_t session, uint32_t count) override {
        Bytes got = bytes(in_session(Op::random, session, one(number_field(count))));
        require(got.size() == count, ErrorCode::token_failed, "another number of random bytes");
        return got;
    }

    Bytes public_key(uint32_t session, bool signing) override {
        return bytes(in_session(Op::public_key, session, one(octet(signing ? 1 : 0))));
    }
    Bytes generate_key(uint32_t session) override {
        return bytes(in_session(Op::generate_key, session, {}, m_options.generate_time));
    }
    void import_key(uint32_t session, const ukey::RawEnvelopedKey& key) override {
        in_session(Op::import_key, session, one(enveloped_field(key)));
    }
    void import_certificate(uint32_t session, bool signing, ByteView der,
                            ByteView subject) override {
        Fields fields = two(octet(signing ? 1 : 0), SecretBytes::copy_of(der));
        fields.push_back(SecretBytes::copy_of(subject));
        in_session(Op::import_certificate, session, std::move(fields));
    }
    void create_container(uint32_t session, const std::string& name) override {
        in_session(Op::create_container, session, one(text_field(name)));
    }
    void delete_container(uint32_t session, const std::string& name) override {
        in_session(Op::delete_container, session, one(text_field(name)));
    }

    std::vector<ukey::RawFile> files(uint32_t session) override {
        return decoded([&] {
            std::vector<ukey::RawFile> files;
            for (const SecretBytes& field : in_session(Op::files, session))
                files.push_back(file_of(field));
            return files;
        });
    }
    Bytes read_file(uint32_t session, const std::string& name) override {
        return bytes(in_session(Op::read_file, session, one(text_field(name))));
    }

    std::optional<ukey::RawEvent> wait_event(milliseconds timeout) override {
        const auto until = Clock::now() + timeout;
        const std::shared_ptr<Worker> worker = worker_to_watch();
        while (!m_cancelled.exchange(false)) {
            const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
            if (left <= milliseconds(0))
                return std::nullopt;
            const milliseconds pause = std::min(slice, left);
            if (worker == nullptr) {
                std::this_thread::sleep_for(pause);
            } else if (worker->child.events.wait_readable(pause)) {
                return read_event(worker);
            }
        }
        return std::nullopt;
    }
    void cancel_wait() override { m_cancelled = true; }

private:
    struct Place {
        uint64_t generation;
        uint32_t id;
    };

    static Fields one(SecretBytes field) {
        Fields fields;
        fields.push_back(std::move(field));
        return fields;
    }
    static Fields two(SecretBytes first, SecretBytes second) {
        Fields fields = one(std::move(first));
        fields.push_back(std::move(second));
        return fields;
    }
    static Bytes bytes(const Fields& answer) { return to_bytes(answer[0].view()); }
    static SecretBytes secret(Fields answer) { return std::move(answer[0]); }

    // An answer whose inside is wrong is as bad as one that is wrong outside.
    template <class Read>
    std::invoke_result_t<Read> decoded(Read&& read) {
        try {
            return read();
        } catch (const Error& error) {
            if (error.code() != ErrorCode::encoding_invalid)
                throw;
        }
        const std::lock_guard<std::mutex> lock(m_calls);
        end(ErrorCode::token_driver_crashed);
        throw Error(ErrorCode::token_driver_crashed, "the worker's answer cannot be read");
    }
    template <class Read>
    std::invoke_result_t<Read> decoded_locked(Read&& read) {
        try {
            return read();
        } catch (const Error&) {
            end(ErrorCode::token_driver_crashed);
            throw Error(ErrorCode::token_driver_crashed, "the worker's answer cannot be read");
        }
    }

    Fields call(Op op, Fields fields) {
        const std::lock_guard<std::mutex> lock(m_calls);
        return exchange(op, std::move(fields), m_options.call_time);
    }

    Fields in_session(Op op, uint32_t session, Fields rest = {}) {
        return in_session(op, session, std::move(rest), m_options.call_time);
    }
    Fields in_session(Op op, uint32_t session, Fields rest, milliseconds time) {
        const std::lock_guard<std::mutex> lock(m_calls);
        const auto found = m_sessions.find(session);
        require(found != m_sessions.end(), ErrorCode::token_removed, "the session was closed");
        const auto worker = living();
        if (worker == nullptr || worker->generation != found->second.generation) {
            throw Error(ErrorCode::token_driver_crashed,
                        "the process that held the session has ended");
        }
        Fields fields = one(number_field(found->second.id));
        for (SecretBytes& field : rest)
            fields.push_back(std::move(field));
        return ask(*worker, op, std::move(fields), time);
    }

    // The functions below are called with m_calls held.

    Fields exchange(Op op, Fields fields, milliseconds time) {
        return ask(*running(), op, std::move(fields), time);
    }

    // Sends a request and waits for its answer. A process that does not keep to the protocol or to
    // the time is ended.
    Fields ask(Worker& worker, Op op, Fields fields, milliseconds time) {
        const os::Stream::Deadline deadline = Clock::now() + time;
        Request request{++m_last_request, op, std::move(fields)};
        os::Stream& stream = worker.child.calls;
        check(stream.write(encode_request(request).view(), deadline));
        uint8_t head[length_size];
        check(stream.read(head, deadline));
        std::optional<Answer> answer;
        try {
            SecretBytes body(body_length(head));
            check(stream.read(body.span(), deadline));
            answer = decode_answer(body.view(), op);
            require(answer->id == request.id, ErrorCode::encoding_invalid, "another answer");
            if (answer->kind == Kind::done)
                return std::move(answer->fields);
            throw error_of(answer->fields);
        } catch (const Error& error) {
            if (error.code() == ErrorCode::encoding_invalid) {
                end(ErrorCode::token_driver_crashed);
                throw Error(ErrorCode::token_driver_crashed, "the worker's answer cannot be read");
            }
            // The worker says so just before it ends itself.
            if (error.code() == ErrorCode::token_driver_crashed)
                end(error.code());
            throw;
        }
    }

    void check(os::Stream::Result result) {
        if (result == os::Stream::Result::done)
            return;
        if (result == os::Stream::Result::timed_out) {
            end(ErrorCode::token_driver_stuck);
            throw Error(ErrorCode::token_driver_stuck, "the worker did not answer in time");
        }
        end(ErrorCode::token_driver_crashed);
        throw Error(ErrorCode::token_driver_crashed, "the worker process ended");
    }

    // The process that runs; one that ended by itself since the last call is gone.
    std::shared_ptr<Worker> living() {
        auto worker = current();
        if (worker == nullptr || !worker->child.calls.peer_closed())
            return worker;
        end(ErrorCode::token_driver_crashed);
        return nullptr;
    }

    std::shared_ptr<Worker> running() {
        if (auto worker = living())
            return worker;
        const auto now = Clock::now();
        while (!m_ends.empty() && now - m_ends.front() > m_options.ends_counted)
            m_ends.pop_front();
        if (m_ends.size() >= m_options.most_ends)
            throw Error(m_last_end, "the driver ended too often and is left alone for a while");
        if (m_options.before_load)
            m_options.before_load();
        const auto worker = std::make_shared<Worker>(m_options, ++m_generation);
        set_current(worker);
        try {
            const Fields answer =
                ask(*worker, Op::load, load_fields({m_options.library, m_options.profile}),
                    m_options.load_time);
            require(number_of(answer[0]) == protocol_version, ErrorCode::token_driver,
                    "the worker is of another version");
        } catch (const Error& error) {
            if (current() == worker)
                end(error.code());
            throw;
        }
        return worker;
    }

    // Ends the process, if one runs.
    void end(ErrorCode why) {
        const auto worker = current();
        if (worker == nullptr)
            return;
        worker->child.kill();
        set_current(nullptr);
        m_last_end = why;
        m_ends.push_back(Clock::now());
        if (m_options.on_end)
            m_options.on_end(why);
    }

    std::shared_ptr<Worker> current() {
        const std::lock_guard<std::mutex> lock(m_pointer);
        return m_worker;
    }
    void set_current(std::shared_ptr<Worker> worker) {
        const std::lock_guard<std::mutex> lock(m_pointer);
        m_worker = std::move(worker);
    }

    // For the thread that waits for events: the process that runs, if need be started anew; nothing
    // when that cannot be.
    std::shared_ptr<Worker> worker_to_watch() {
        if (auto worker = current())
            return worker;
        try {
            const std::lock_guard<std::mutex> lock(m_calls);
            return running();
        } catch (const Error&) {
            return nullptr;
        }
    }

    std::optional<ukey::RawEvent> read_event(const std::shared_ptr<Worker>& worker) {
        const os::Stream::Deadline deadline = Clock::now() + event_time;
        try {
            os::Stream& stream = worker->child.events;
            uint8_t head[length_size];
            if (stream.read(head, deadline) == os::Stream::Result::done) {
                SecretBytes body(body_length(head));
                if (stream.read(body.span(), deadline) == os::Stream::Result::done) {
                    const Answer event = decode_event(body.view());
                    return ukey::RawEvent{event.fields[0].view()[0] != 0, text_of(event.fields[1])};
                }
            }
        } catch (const Error&) {
            // The same as an end.
        }
        const std::lock_guard<std::mutex> lock(m_calls);
        if (current() == worker)
            end(ErrorCode::token_driver_crashed);
        return std::nullopt;
    }

    const ClientOptions m_options;
    std::mutex m_calls;  // one call at a time
    uint32_t m_last_request = 0;
    uint32_t m_last_session = 0;
    uint64_t m_generation = 0;
    std::map<uint32_t, Place> m_sessions;
    std::deque<Clock::time_point> m_ends;
    ErrorCode m_last_end = ErrorCode::token_driver_crashed;

    std::mutex m_pointer;  // of m_worker alone, held for moments
    std::shared_ptr<Worker> m_worker;
    std::atomic<bool> m_cancelled{false};
};

}  // namespace

std::unique_ptr<ukey::RawDriver> start_client(const ClientOptions& options) {
    return std::make_unique<Client>(options);
}

std::string find_worker(ukey::Architecture architecture) {
    const std::string name = architecture == ukey::Architecture::i386 ? "bidseal-token-worker-i386"
                                                                      : "bidseal-token-worker";
    const std::string folder = os::program_folder();
    for (const std::string& place : {folder, folder + "/../libexec/bidseal"}) {
        const std::string program = place + "/" + name;
        if (os::is_program(program))
            return program;
    }
    return {};
}

}  // namespace bidseal::worker
