#include "bidseal/session/grant.h"

#include <algorithm>

#include "bidseal/base/text.h"
#include "bidseal/protocol/json.h"

namespace bidseal::session {
namespace {

using protocol::Json;
using protocol::ObjectBuilder;
using protocol::ObjectReader;

constexpr ErrorCode out_of_scope = ErrorCode::session_scope;
constexpr std::string_view grant_type = "SBID1-grant";
constexpr Operation grantable[] = {Operation::seal_documents, Operation::sign_documents};

}  // namespace

Bytes Grant::serialize() const {
    std::vector<std::string> names;
    for (const Operation operation : operations)
        names.push_back(operation_name(operation));
    const std::string text = protocol::write_json(ObjectBuilder()
                                                      .text("type", grant_type)
                                                      .hex("sid", sid.view())
                                                      .hex("page", page.view())
                                                      .text("platform", platform)
                                                      .text("origin", origin)
                                                      .text("project", project)
                                                      .texts("operations", names)
                                                      .integer("count", count)
                                                      .time("created", created)
                                                      .time("expires", expires)
                                                      .integer("idle", idle_seconds)
                                                      .boolean("automatic", automatic)
                                                      .build());
    parse(as_bytes(text));
    return to_bytes(as_bytes(text));
}

Grant Grant::parse(ByteView json) {
    const Json object = protocol::parse_canonical_json(json, {4096, 4});
    ObjectReader in(object, protocol::MemberOrder::stated, out_of_scope);
    in.constant("type", grant_type);
    Grant grant;
    grant.sid = in.hex<Sid>("sid");
    grant.page = in.hex<PageDigest>("page");
    grant.platform = in.identifier("platform");
    grant.origin = in.text("origin", 255);
    grant.project = in.identifier("project");
    for (const std::string& name : in.texts("operations", 1, std::size(grantable), 32)) {
        const auto* known =
            std::find_if(std::begin(grantable), std::end(grantable),
                         [&](Operation each) { return name == operation_name(each); });
        if (known == std::end(grantable) ||
            std::find(grant.operations.begin(), grant.operations.end(), *known) !=
                grant.operations.end())
            in.refuse("operations", "not an operation of a sealing session");
        grant.operations.push_back(*known);
    }
    grant.count = static_cast<uint32_t>(in.integer("count", 1, max_grant_count));
    grant.created = in.time("created");
    grant.expires = in.time("expires");
    if (!(grant.created < grant.expires) ||
        grant.expires.seconds - grant.created.seconds > max_grant_seconds)
        in.refuse("expires", "at most 30 minutes");
    grant.idle_seconds = static_cast<uint32_t>(in.integer("idle", 1, max_grant_idle));
    grant.automatic = in.boolean("automatic");
    in.finish();
    return grant;
}

crypto::Sm3Digest Grant::digest() const {
    return crypto::sm3(serialize());
}

GrantUse::GrantUse(Grant grant, Timestamp now)
    : m_grant(std::move(grant)), m_left(m_grant.count), m_last_use(now) {}

void GrantUse::check(const Request& request, Timestamp now) const {
    const bool covered =
        !m_ended && request.sid == m_grant.sid && request.page == m_grant.page &&
        request.platform == m_grant.platform && request.origin == m_grant.origin &&
        request.project == m_grant.project &&
        std::find(m_grant.operations.begin(), m_grant.operations.end(), request.operation) !=
            m_grant.operations.end() &&
        request.items.size() <= m_left && m_grant.created <= now && now < m_grant.expires &&
        now.seconds - m_last_use.seconds <= m_grant.idle_seconds && request.seq > m_last_seq;
    require(covered, out_of_scope);
    try {
        check_items(request);
    } catch (const Error&) {
        throw Error(out_of_scope, "an item that is no document");
    }
}

void GrantUse::use(const Request& request, Timestamp now) {
    check(request, now);
    m_left -= static_cast<uint32_t>(request.items.size());
    m_last_seq = request.seq;
    m_last_use = now;
}

}  // namespace bidseal::session
