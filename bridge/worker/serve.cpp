#include "bridge/worker/serve.h"

#include <memory>
#include <thread>

#include "bridge/os/process.h"
#include "bridge/ukey/pkcs11/raw_driver.h"
#include "bridge/ukey/skf/raw_driver.h"
#include "bridge/worker/codec.h"

namespace bidseal::worker {
namespace {

constexpr int ended_well = 0, ended_by_protocol = 3, ended_by_damage = 4;

// How often the event thread looks whether the bridge is still there: the other thread may hang in
// the library and would not notice.
constexpr std::chrono::milliseconds look_again{1000};

Fields one(SecretBytes field) {
    Fields fields;
    fields.push_back(std::move(field));
    return fields;
}

Fields one(const Bytes& bytes) {
    return one(SecretBytes::copy_of(bytes));
}

bool flag(const SecretBytes& field) {
    return field.view()[0] != 0;
}

class Server {
public:
    Server(os::Stream calls, os::Stream events)
        : m_calls(std::move(calls)), m_events(std::move(events)) {}

    [[noreturn]] void run() {
        for (;;) {
            uint8_t head[length_size];
            if (m_calls.read(head) != os::Stream::Result::done)
                os::end_process(ended_well);
            try {
                SecretBytes body(body_length(head));
                if (m_calls.read(body.span()) != os::Stream::Result::done)
                    os::end_process(ended_well);
                answer(decode_request(body.view()));
            } catch (const Error&) {
                os::end_process(ended_by_protocol);
            }
        }
    }

private:
    void answer(const Request& request) {
        Answer answer;
        answer.id = request.id;
        bool damaged = false;
        try {
            answer.fields = perform(request);
        } catch (const Error& error) {
            answer.kind = Kind::failed;
            answer.fields = error_fields(error);
            damaged = error.code() == ErrorCode::token_driver_crashed;
        } catch (...) {
            answer.kind = Kind::failed;
            answer.fields = error_fields(
                Error(ErrorCode::token_driver_crashed, "the library threw an exception"));
            damaged = true;
        }
        if (m_calls.write(encode_answer(answer).view()) != os::Stream::Result::done)
            os::end_process(ended_well);
        if (damaged)
            os::end_process(ended_by_damage);
    }

    Fields load(const Fields& fields) {
        require(m_driver == nullptr, ErrorCode::usage, "a library is already loaded");
        const Load what = load_of(fields);
        m_driver = what.profile.interface_ == ukey::Interface::pkcs11
                       ? pkcs11::load_raw(what.path)
                       : skf::load_raw(what.path, what.profile);
        std::thread([this] { tell_events(); }).detach();
        Fields answer;
        answer.push_back(number_field(protocol_version));
        const uint8_t pointer_size = sizeof(void*);
        answer.push_back(SecretBytes::copy_of({&pointer_size, 1}));
        return answer;
    }

    Fields perform(const Request& request) {
        const Fields& in = request.fields;
        if (request.op == Op::load)
            return load(in);
        require(m_driver != nullptr, ErrorCode::usage, "no library is loaded");
        if (request.op == Op::list)
            return list_fields(m_driver->list());
        if (request.op == Op::open) {
            const ukey::RawSession opened =
                m_driver->open({text_of(in[0]), text_of(in[1]), text_of(in[2])}, text_of(in[3]));
            Fields fields = one(number_field(opened.id));
            fields.push_back(token_field(opened.token));
            return fields;
        }
        return in_session(request.op, number_of(in[0]), in);
    }

    Fields in_session(Op op, uint32_t session, const Fields& in) {
        ukey::RawDriver& driver = *m_driver;
        switch (op) {
            case Op::close:
                driver.close(session);
                return {};
            case Op::pin_state:
                return one(pin_state_field(driver.pin_state(session)));
            case Op::login:
                driver.login(session, in[1]);
                return {};
            case Op::logout:
                driver.logout(session);
                return {};
            case Op::change_pin:
                driver.change_pin(session, in[1], in[2]);
                return {};
            case Op::unblock:
                driver.unblock(session, in[1], in[2]);
                return {};
            case Op::sign:
                return one(driver.sign(session, signature_kind(in[1]), in[2].view()));
            case Op::unwrap:
                return one(driver.unwrap(session, cipher_of(in[1]), in[2].view()));
            case Op::decrypt:
                return one(driver.decrypt(session, cipher_of(in[1])));
            case Op::decrypt_rsa:
                return one(driver.decrypt_rsa(session, in[1].view()));
            case Op::random:
                return one(driver.random(session, number_of(in[1])));
            default:
                return managing(op, session, in);
        }
    }

    Fields managing(Op op, uint32_t session, const Fields& in) {
        ukey::RawDriver& driver = *m_driver;
        switch (op) {
            case Op::public_key:
                return one(driver.public_key(session, flag(in[1])));
            case Op::generate_key:
                return one(driver.generate_key(session));
            case Op::import_key:
                driver.import_key(session, enveloped_of(in[1]));
                return {};
            case Op::import_certificate:
                driver.import_certificate(session, flag(in[1]), in[2].view(), in[3].view());
                return {};
            case Op::create_container:
                driver.create_container(session, text_of(in[1]));
                return {};
            case Op::delete_container:
                driver.delete_container(session, text_of(in[1]));
                return {};
            case Op::files: {
                Fields fields;
                for (const ukey::RawFile& file : driver.files(session))
                    fields.push_back(file_field(file));
                return fields;
            }
            case Op::read_file:
                return one(driver.read_file(session, text_of(in[1])));
            default:
                throw Error(ErrorCode::internal);
        }
    }

    static ukey::RawSignature signature_kind(const SecretBytes& field) {
        constexpr uint8_t last = static_cast<uint8_t>(ukey::RawSignature::rsa_pkcs1);
        require(field.view()[0] <= last, ErrorCode::token_unsupported, "no such kind of signature");
        return static_cast<ukey::RawSignature>(field.view()[0]);
    }

    // The thread for events: it lives as long as the process.
    [[noreturn]] void tell_events() {
        for (;;) {
            if (m_events.peer_closed())
                os::end_process(ended_well);
            try {
                const auto event = m_driver->wait_event(look_again);
                if (event)
                    tell(*event);
            } catch (const Error& error) {
                if (error.code() == ErrorCode::token_driver_crashed)
                    os::end_process(ended_by_damage);
                std::this_thread::sleep_for(look_again);
            }
        }
    }

    void tell(const ukey::RawEvent& event) {
        Answer message;
        message.kind = Kind::event;
        const uint8_t plugged_in = event.plugged_in ? 1 : 0;
        message.fields.push_back(SecretBytes::copy_of({&plugged_in, 1}));
        message.fields.push_back(text_field(event.device));
        if (m_events.write(encode_answer(message).view()) != os::Stream::Result::done)
            os::end_process(ended_well);
    }

    os::Stream m_calls;
    os::Stream m_events;
    std::unique_ptr<ukey::RawDriver> m_driver;
};

}  // namespace

void serve(os::Stream calls, os::Stream events) {
    Server(std::move(calls), std::move(events)).run();
}

}  // namespace bidseal::worker
