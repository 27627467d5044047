#include "bridge/local/pairing/pairing_store.h"

#include <algorithm>

#include "bidseal/crypto/sm3.h"
#include "bidseal/protocol/json.h"

namespace bidseal::bridge {

namespace {

constexpr size_t max_file_bytes = 1u << 20;
constexpr std::string_view file_type = "bidseal-pairings-1";

Pairing read_pairing(protocol::ObjectReader& r) {
    Pairing pairing;
    pairing.origin = r.text("origin", 255);
    pairing.key = crypto::p256_point(r.hex_bytes("key", crypto::P256Point::size()));
    pairing.paired = r.time("paired");
    pairing.preloaded = r.boolean("preloaded");
    pairing.id = pairing_id(pairing.origin, pairing.key);
    return pairing;
}

protocol::Json pairing_json(const Pairing& pairing) {
    return protocol::ObjectBuilder()
        .text("origin", pairing.origin)
        .hex("key", pairing.key.view())
        .time("paired", pairing.paired)
        .boolean("preloaded", pairing.preloaded)
        .build();
}

/// Takes out the oldest of those that fit, until there are fewer than `most`. The oldest stand
/// first.
template <class Fits>
void make_room(std::vector<Pairing>& pairings, size_t most, Fits fits) {
    while (static_cast<size_t>(std::count_if(pairings.begin(), pairings.end(), fits)) >= most)
        pairings.erase(std::find_if(pairings.begin(), pairings.end(), fits));
}

}  // namespace

std::string pairing_id(const std::string& origin, const crypto::P256Point& key) {
    return to_hex(crypto::sm3({as_bytes(origin), as_bytes(" "), key.view()}).view().first(8));
}

std::vector<Pairing> parse_pairings(ByteView json) {
    protocol::Json value = protocol::parse_json(json, {max_file_bytes, 4});
    protocol::ObjectReader r(value, protocol::MemberOrder::any);
    r.constant("type", file_type);
    std::vector<Pairing> pairings = r.objects("pairings", 0, most_pairings, read_pairing);
    r.finish();
    return pairings;
}

std::string write_pairings(const std::vector<Pairing>& pairings) {
    protocol::Json::Array items;
    for (const Pairing& pairing : pairings)
        items.push_back(pairing_json(pairing));
    return protocol::write_json(protocol::ObjectBuilder()
                                    .text("type", file_type)
                                    .array("pairings", std::move(items))
                                    .build());
}

PairingStore::PairingStore(const std::string& folder)
    : m_path(folder + "/pairings.json"), m_lock_path(folder + "/pairings.lock") {
    std::lock_guard<std::mutex> lock(m_mutex);
    reload();
}

/// The file as it is now. One that cannot be read leaves no pairing: nobody is let in by mistake.
void PairingStore::reload() {
    FileStamp stamp = stamp_of(m_path);
    if (stamp == m_stamp)
        return;
    m_pairings.clear();
    std::optional<Bytes> content = read_private_file(m_path, max_file_bytes);
    if (content)
        m_pairings = parse_pairings(*content);
    m_stamp = stamp;
}

void PairingStore::save() {
    std::string text = write_pairings(m_pairings);
    write_private_file(m_path, as_bytes(text));
    m_stamp = stamp_of(m_path);
}

std::optional<Pairing> PairingStore::find(const std::string& origin, const crypto::P256Point& key) {
    std::lock_guard<std::mutex> lock(m_mutex);
    reload();
    for (const Pairing& pairing : m_pairings) {
        if (pairing.origin == origin && pairing.key == key)
            return pairing;
    }
    return std::nullopt;
}

void PairingStore::add(const std::string& origin, const crypto::P256Point& key, Timestamp now,
                       bool preloaded) {
    std::lock_guard<std::mutex> lock(m_mutex);
    FileLock file_lock(m_lock_path);
    reload();
    auto same = [&](const Pairing& p) {
        return p.origin == origin && p.key == key;
    };
    m_pairings.erase(std::remove_if(m_pairings.begin(), m_pairings.end(), same), m_pairings.end());
    make_room(m_pairings, most_pairings_of_origin,
              [&](const Pairing& p) { return p.origin == origin; });
    make_room(m_pairings, most_pairings, [](const Pairing&) { return true; });
    m_pairings.push_back({pairing_id(origin, key), origin, key, now, preloaded});
    save();
}

std::vector<Pairing> PairingStore::list() {
    std::lock_guard<std::mutex> lock(m_mutex);
    reload();
    return m_pairings;
}

size_t PairingStore::revoke(const std::string& id_or_origin) {
    std::lock_guard<std::mutex> lock(m_mutex);
    FileLock file_lock(m_lock_path);
    reload();
    size_t before = m_pairings.size();
    auto named = [&](const Pairing& p) {
        return p.id == id_or_origin || p.origin == id_or_origin;
    };
    m_pairings.erase(std::remove_if(m_pairings.begin(), m_pairings.end(), named), m_pairings.end());
    if (m_pairings.size() != before)
        save();
    return before - m_pairings.size();
}

}  // namespace bidseal::bridge
