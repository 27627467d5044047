// Plays phone or co-sign service for check_cosign.py: one JSON object per line in, one out. Bytes
// are hex. {"do":COMMAND,…} is answered by an object of results, or {"error":NAME,"retries":N}.
//   cosign_driver SEED      (randomness follows from the seed: a run can be repeated)
#include <cstdio>
#include <functional>
#include <iostream>
#include <map>

#include "bidseal/cosign/phone.h"
#include "bidseal/cosign/service.h"
#include "bidseal/crypto/sm3.h"
#include "bidseal/protocol/json.h"

using namespace bidseal;
using namespace bidseal::cosign;
using protocol::Json;
using protocol::ObjectBuilder;

namespace {

/// The members of a command.
class Arguments {
public:
    explicit Arguments(const Json& object) : m_object(object) {}

    std::string text(const char* name) const { return member(name).as_text(); }
    int64_t number(const char* name) const { return member(name).as_integer(); }
    Bytes bytes(const char* name) const { return from_hex(text(name)); }
    std::vector<Bytes> list(const char* name) const {
        std::vector<Bytes> result;
        for (const Json& item : member(name).as_array())
            result.push_back(from_hex(item.as_text()));
        return result;
    }
    template <class Fixed>
    Fixed fixed(const char* name) const {
        return fixed_from<Fixed>(bytes(name));
    }
    Timestamp time(const char* name) const { return {number(name)}; }
    bool has(const char* name) const { return m_object.find(name) != nullptr; }

    template <class Fixed>
    static Fixed fixed_from(const Bytes& bytes) {
        require(bytes.size() == Fixed::size(), ErrorCode::usage, "wrong length");
        Fixed result;
        std::memcpy(result.data(), bytes.data(), bytes.size());
        return result;
    }

private:
    const Json& member(const char* name) const {
        const Json* found = m_object.find(name);
        require(found != nullptr, ErrorCode::usage, name);
        return *found;
    }
    const Json& m_object;
};

Json hex_list(const std::vector<Bytes>& items) {
    Json::Array texts;
    for (const Bytes& item : items)
        texts.push_back(Json::text(to_hex(item)));
    return Json::array(std::move(texts));
}

Json one(const char* name, ByteView bytes) {
    return ObjectBuilder().hex(name, bytes).build();
}

SessionLimits limits_of(const Arguments& in) {
    SessionLimits limits;
    limits.count = static_cast<uint16_t>(in.number("count"));
    limits.expires = in.number("expires");
    limits.idle = static_cast<uint16_t>(in.number("idle"));
    limits.operations = static_cast<uint8_t>(in.number("operations"));
    limits.grant = in.fixed<GrantDigest>("grant");
    return limits;
}

/// The phones of this process.
class Phones {
public:
    explicit Phones(Random& random) : m_random(random) {}

    Json keygen(const Arguments& in) {
        PhoneKeyGen generation(KeyGenCommit::decode(in.bytes("commit")),
                               static_cast<Purpose>(in.number("purpose")), m_random);
        const Bytes share = generation.share().encode();
        m_generations.insert_or_assign(in.text("key"), std::move(generation));
        return one("share", share);
    }
    Json keygen_finish(const Arguments& in) {
        PhoneShare share = m_generations.at(in.text("key"))
                               .finish(KeyGenOpen::decode(in.bytes("open")),
                                       as_bytes(in.text("pin")), m_random, PinHardness{4});
        store(in.text("key"), share);
        return ObjectBuilder()
            .hex("public_key", share.public_key.view())
            .hex("record", share.serialize().view())
            .build();
    }
    Json sign(const Arguments& in) {
        const PhoneShare share = load(in.text("key"));
        PhoneSigning signing(share, SignCommit::decode(in.bytes("commit")), in.list("items"));
        const SignRequest request = in.has("session")
                                        ? signing.prove(m_sessions.at(in.text("session")), m_random)
                                        : signing.prove(share, as_bytes(in.text("pin")), m_random);
        m_signings.insert_or_assign(in.text("id"), std::move(signing));
        return one("request", request.encode());
    }
    Json sign_finish(const Arguments& in) {
        const auto signatures =
            m_signings.at(in.text("id")).finish(SignAnswer::decode(in.bytes("answer")), m_random);
        return ObjectBuilder().value("signatures", hex_list(signatures)).build();
    }
    Json decrypt(const Arguments& in) {
        const PhoneShare share = load(in.text("key"));
        PhoneDecryption decryption(share, in.fixed<OperationId>("operation"),
                                   in.list("ciphertexts"));
        const DecryptRequest request = decryption.prove(share, as_bytes(in.text("pin")), m_random);
        m_decryptions.insert_or_assign(in.text("id"), std::move(decryption));
        return one("request", request.encode());
    }
    Json decrypt_finish(const Arguments& in) {
        std::vector<Bytes> plain;
        for (const SecretBytes& each :
             m_decryptions.at(in.text("id"))
                 .finish(DecryptAnswer::decode(in.bytes("answer")), m_random))
            plain.push_back(to_bytes(each.view()));
        return ObjectBuilder().value("plain", hex_list(plain)).build();
    }
    Json refresh(const Arguments& in) {
        PhoneRefresh refresh(load(in.text("key")), as_bytes(in.text("pin")),
                             as_bytes(in.text("new_pin")), m_random);
        store(in.text("key") + "/next", refresh.next());
        return one("request", refresh.request().encode().view());
    }
    Json refresh_confirm(const Arguments& in) {
        return one("commit", PhoneRefresh::confirm(load(in.text("key") + "/next"),
                                                   as_bytes(in.text("pin")), m_random)
                                 .encode());
    }
    Json refresh_done(const Arguments& in) {
        store(in.text("key"), load(in.text("key") + "/next"));
        return Json::object({});
    }
    Json grant(const Arguments& in) {
        PhoneGrant grant(load(in.text("key")), in.fixed<SessionId>("session"), limits_of(in),
                         as_bytes(in.text("pin")), m_random);
        const SecretBytes request = grant.request().encode();
        m_sessions.insert_or_assign(in.text("id"), grant.take());
        return one("request", request.view());
    }

private:
    /// Through their stored form, as on a phone.
    PhoneShare load(const std::string& key) { return PhoneShare::parse(m_shares.at(key).view()); }
    void store(const std::string& key, const PhoneShare& share) {
        m_shares[key] = share.serialize();
    }

    Random& m_random;
    std::map<std::string, PhoneKeyGen> m_generations;
    std::map<std::string, SecretBytes> m_shares;
    std::map<std::string, PhoneSigning> m_signings;
    std::map<std::string, PhoneDecryption> m_decryptions;
    std::map<std::string, PhoneSessionShare> m_sessions;
};

/// The service with its records, each written and read again around every call.
class Service {
public:
    explicit Service(Random& random) : m_random(random) {}

    Json create(const Arguments& in) {
        const ServiceKey key = ServiceKey::create(
            in.fixed<KeyId>("name"), static_cast<Purpose>(in.number("purpose")), m_random);
        m_keys[in.text("key")] = key.serialize();
        return one("commit", key.commit().encode());
    }
    Json complete(const Arguments& in) {
        return with_key(in, [&](ServiceKey& key) {
            return one("open",
                       key.complete(KeyGenShare::decode(in.bytes("share")), m_random).encode());
        });
    }
    Json begin_sign(const Arguments& in) {
        return with_key(in, [&](ServiceKey& key) {
            const auto id = in.fixed<OperationId>("operation");
            const SignOperation operation =
                in.has("session") ? key.begin_sign(session(in.text("session")), id,
                                                   static_cast<SessionOperation>(in.number("kind")),
                                                   in.fixed<GrantDigest>("grant"), in.list("items"),
                                                   in.time("now"), m_random)
                                  : key.begin_sign(id, in.list("items"), in.time("now"),
                                                   in.time("expires"), m_random);
            m_operations[in.text("id")] = operation.serialize();
            return one("commit", operation.commit().encode());
        });
    }
    Json sign(const Arguments& in) {
        return with_key(in, [&](ServiceKey& key) {
            SecretBytes& record = m_operations.at(in.text("id"));
            SignOperation operation = SignOperation::parse(record.view());
            const SignRequest request = SignRequest::decode(in.bytes("request"));
            const auto save = [&] {
                record = operation.serialize();
            };
            if (!in.has("session"))
                return saving(save, [&] {
                    return one("answer",
                               key.answer(operation, request, in.time("now"), m_random).encode());
                });
            SessionShare share = session(in.text("session"));
            const auto save_both = [&] {
                save();
                m_sessions[in.text("session")] = share.serialize();
            };
            return saving(save_both, [&] {
                return one(
                    "answer",
                    key.answer(share, operation, request, in.time("now"), m_random).encode());
            });
        });
    }
    Json begin_decrypt(const Arguments& in) {
        return with_key(in, [&](ServiceKey& key) {
            std::vector<Point> c1;
            std::vector<RegisteredCiphertext> registered;
            for (const Bytes& point : in.list("c1")) {
                c1.push_back(Arguments::fixed_from<Point>(point));
                registered.push_back({c1.back(), in.time("opens")});
            }
            const DecryptOperation operation =
                key.begin_decrypt(in.fixed<OperationId>("operation"), c1, registered,
                                  in.time("now"), in.time("expires"));
            m_openings[in.text("id")] = operation.serialize();
            return Json::object({});
        });
    }
    Json decrypt(const Arguments& in) {
        return with_key(in, [&](ServiceKey& key) {
            Bytes& record = m_openings.at(in.text("id"));
            DecryptOperation operation = DecryptOperation::parse(record);
            return saving([&] { record = operation.serialize(); },
                          [&] {
                              return one(
                                  "answer",
                                  key.answer(operation, DecryptRequest::decode(in.bytes("request")),
                                             in.time("now"), m_random)
                                      .encode());
                          });
        });
    }
    Json refresh(const Arguments& in) {
        return with_key(in, [&](ServiceKey& key) {
            return one("status", key.prepare_refresh(RefreshRequest::decode(in.bytes("request")),
                                                     in.time("now"), m_random)
                                     .encode());
        });
    }
    Json refresh_commit(const Arguments& in) {
        return with_key(in, [&](ServiceKey& key) {
            return one("status", key.commit_refresh(RefreshCommit::decode(in.bytes("commit")),
                                                    in.time("now"), m_random)
                                     .encode());
        });
    }
    Json grant(const Arguments& in) {
        return with_key(in, [&](ServiceKey& key) {
            m_sessions[in.text("id")] =
                key.grant(GrantRequest::decode(in.bytes("request")), in.time("now"), m_random)
                    .serialize();
            return Json::object({});
        });
    }
    Json end_session(const Arguments& in) {
        SessionShare share = session(in.text("id"));
        share.end();
        m_sessions[in.text("id")] = share.serialize();
        return Json::object({});
    }

private:
    SessionShare session(const std::string& id) {
        return SessionShare::parse(m_sessions.at(id).view());
    }
    /// Saves also when the call throws: a wrong PIN was counted then.
    template <class Save, class Call>
    static Json saving(Save save, Call call) {
        try {
            Json result = call();
            save();
            return result;
        } catch (const Error&) {
            save();
            throw;
        }
    }
    Json with_key(const Arguments& in, const std::function<Json(ServiceKey&)>& call) {
        SecretBytes& record = m_keys.at(in.text("key"));
        ServiceKey key = ServiceKey::parse(record.view());
        return saving([&] { record = key.serialize(); }, [&] { return call(key); });
    }

    Random& m_random;
    std::map<std::string, SecretBytes> m_keys, m_operations, m_sessions;
    std::map<std::string, Bytes> m_openings;
};

using Commands = std::map<std::string, std::function<Json(const Arguments&)>>;

Commands commands_of(Phones& phones, Service& service) {
    const auto phone = [&phones](Json (Phones::*command)(const Arguments&)) {
        return [&phones, command](const Arguments& in) {
            return (phones.*command)(in);
        };
    };
    const auto at_service = [&service](Json (Service::*command)(const Arguments&)) {
        return [&service, command](const Arguments& in) {
            return (service.*command)(in);
        };
    };
    return {{"phone.keygen", phone(&Phones::keygen)},
            {"phone.keygen_finish", phone(&Phones::keygen_finish)},
            {"phone.sign", phone(&Phones::sign)},
            {"phone.sign_finish", phone(&Phones::sign_finish)},
            {"phone.decrypt", phone(&Phones::decrypt)},
            {"phone.decrypt_finish", phone(&Phones::decrypt_finish)},
            {"phone.refresh", phone(&Phones::refresh)},
            {"phone.refresh_confirm", phone(&Phones::refresh_confirm)},
            {"phone.refresh_done", phone(&Phones::refresh_done)},
            {"phone.grant", phone(&Phones::grant)},
            {"service.create", at_service(&Service::create)},
            {"service.complete", at_service(&Service::complete)},
            {"service.begin_sign", at_service(&Service::begin_sign)},
            {"service.sign", at_service(&Service::sign)},
            {"service.begin_decrypt", at_service(&Service::begin_decrypt)},
            {"service.decrypt", at_service(&Service::decrypt)},
            {"service.refresh", at_service(&Service::refresh)},
            {"service.refresh_commit", at_service(&Service::refresh_commit)},
            {"service.grant", at_service(&Service::grant)},
            {"service.end_session", at_service(&Service::end_session)}};
}

Json run_command(const Commands& commands, const std::string& line) {
    try {
        const Json object = protocol::parse_json(as_bytes(line));
        const Arguments in(object);
        return commands.at(in.text("do"))(in);
    } catch (const Error& error) {
        return ObjectBuilder()
            .text("error", error_name(error.code()))
            .integer("retries", error.retries_left().value_or(99))
            .build();
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::string seed = argc > 1 ? argv[1] : "0";
    crypto::DerivedRandom random(
        SecretBytes::copy_of(crypto::sm3(as_bytes("cosign driver " + seed)).view()));
    Phones phones(random);
    Service service(random);
    const Commands commands = commands_of(phones, service);
    std::string line;
    while (std::getline(std::cin, line))
        std::cout << protocol::write_json(run_command(commands, line)) << std::endl;
}
