#include "bridge/cloud/store/sqlite_store.h"

#include <limits>
#include <map>
#include <mutex>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "bidseal/base/error.h"

namespace bidseal::cloud {
namespace {

constexpr int schema_version = 1;
constexpr int wait_millis = 10'000;  // for another process that writes

[[noreturn]] void fail(int result) {
    switch (result & 0xff) {
        case SQLITE_FULL:
            throw Error(ErrorCode::disk_full);
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_READONLY:
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
            throw Error(ErrorCode::io_write, sqlite3_errstr(result));
        default:
            throw Error(ErrorCode::cosign_record, sqlite3_errstr(result));
    }
}

/// A prepared statement in use: reset when it goes, so that it can serve again.
class Query {
public:
    Query(sqlite3* database, sqlite3_stmt* statement) : m_database(database), m_stmt(statement) {}
    ~Query() {
        sqlite3_reset(m_stmt);
        sqlite3_clear_bindings(m_stmt);
    }
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    Query& blob(int at, ByteView value) {
        // An empty blob would be stored as NULL without an address.
        check(sqlite3_bind_blob64(m_stmt, at, value.empty() ? as_bytes("").data() : value.data(),
                                  value.size(), SQLITE_TRANSIENT));
        return *this;
    }
    Query& number(int at, int64_t value) {
        check(sqlite3_bind_int64(m_stmt, at, value));
        return *this;
    }
    /// Whether there is a row.
    bool step() {
        const int result = sqlite3_step(m_stmt);
        if (result != SQLITE_ROW && result != SQLITE_DONE)
            fail(sqlite3_extended_errcode(m_database));
        return result == SQLITE_ROW;
    }
    int64_t number_at(int column) const { return sqlite3_column_int64(m_stmt, column); }
    Bytes blob_at(int column) const {
        const auto* data = static_cast<const uint8_t*>(sqlite3_column_blob(m_stmt, column));
        return Bytes(data, data + sqlite3_column_bytes(m_stmt, column));
    }

private:
    void check(int result) const {
        if (result != SQLITE_OK)
            fail(result);
    }
    sqlite3* m_database;
    sqlite3_stmt* m_stmt;
};

}  // namespace

struct SqliteStore::Impl {
    sqlite3* database = nullptr;
    std::mutex mutex;
    std::map<std::string, sqlite3_stmt*> statements;

    ~Impl() {
        for (const auto& [text, statement] : statements)
            sqlite3_finalize(statement);
        sqlite3_close(database);
    }

    void run(const char* text) {
        if (sqlite3_exec(database, text, nullptr, nullptr, nullptr) != SQLITE_OK)
            fail(sqlite3_extended_errcode(database));
    }

    Query query(const std::string& text) {
        sqlite3_stmt*& statement = statements[text];
        if (!statement) {
            if (sqlite3_prepare_v2(database, text.c_str(), -1, &statement, nullptr) != SQLITE_OK)
                fail(sqlite3_extended_errcode(database));
        }
        return Query(database, statement);
    }

    int64_t version_of(ByteView name) {
        Query find = query("SELECT version FROM records WHERE name = ?1");
        find.blob(1, name);
        return find.step() ? find.number_at(0) : 0;
    }

    void put(const RecordChange& change, int64_t version) {
        Query store = query(
            "INSERT INTO records(name, version, until, value) VALUES(?1, ?2, ?3, ?4)"
            " ON CONFLICT(name) DO UPDATE SET version = ?2, until = ?3, value = ?4");
        store.blob(1, as_bytes(change.name)).number(2, version).blob(4, change.value);
        if (change.until)
            store.number(3, change.until->seconds);
        store.step();
    }

    void remove(const std::string& name) {
        Query erase = query("DELETE FROM records WHERE name = ?1");
        erase.blob(1, as_bytes(name));
        erase.step();
    }

    /// A number that no write had before.
    int64_t next_version() {
        Query(query("UPDATE last SET version = version + 1")).step();
        Query read = query("SELECT version FROM last");
        require(read.step(), ErrorCode::cosign_record);
        return read.number_at(0);
    }

    bool apply(const std::vector<RecordChange>& changes) {
        for (const RecordChange& change : changes) {
            if (version_of(as_bytes(change.name)) != static_cast<int64_t>(change.version))
                return false;
        }
        const int64_t version = next_version();
        for (const RecordChange& change : changes) {
            if (change.kind == RecordChange::Kind::put)
                put(change, version);
            else if (change.kind == RecordChange::Kind::remove)
                remove(change.name);
        }
        return true;
    }

    void open(const std::string& path, Durability durability);
    void make_tables();
};

void SqliteStore::Impl::open(const std::string& path, Durability durability) {
    // SQLite would make it readable for others, as far as the umask lets it.
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    require(fd >= 0, ErrorCode::io_write, "the store cannot be opened");
    ::close(fd);
    const int result = sqlite3_open_v2(path.c_str(), &database,
                                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, nullptr);
    if (result != SQLITE_OK)
        fail(result);
    sqlite3_busy_timeout(database, wait_millis);
    // Seeds of nonces are erased once they were used: their pages must not keep them.
    run("PRAGMA secure_delete = ON");
    run("PRAGMA journal_mode = WAL");
    run(durability == Durability::power ? "PRAGMA synchronous = FULL"
                                        : "PRAGMA synchronous = NORMAL");
    run("BEGIN IMMEDIATE");
    make_tables();
    run("COMMIT");
}

void SqliteStore::Impl::make_tables() {
    int64_t found = 0;
    {
        Query version = query("PRAGMA user_version");
        found = version.step() ? version.number_at(0) : 0;
    }
    require(found == 0 || found == schema_version, ErrorCode::cosign_record,
            "the store is of another version");
    if (found == 0) {
        run("CREATE TABLE records(name BLOB PRIMARY KEY, version INTEGER NOT NULL,"
            " until INTEGER, value BLOB NOT NULL) WITHOUT ROWID");
        run("CREATE INDEX records_until ON records(until) WHERE until IS NOT NULL");
        run("CREATE TABLE last(version INTEGER NOT NULL)");
        run("INSERT INTO last VALUES(0)");
        run("PRAGMA user_version = 1");
    }
}

SqliteStore::SqliteStore(const std::string& path, Durability durability)
    : m_impl(std::make_unique<Impl>()) {
    m_impl->open(path, durability);
}

SqliteStore::~SqliteStore() = default;

std::optional<StoredRecord> SqliteStore::read(const std::string& name) {
    std::lock_guard<std::mutex> lock(m_impl->mutex);
    Query find = m_impl->query("SELECT value, version FROM records WHERE name = ?1");
    find.blob(1, as_bytes(name));
    if (!find.step())
        return std::nullopt;
    return StoredRecord{find.blob_at(0), static_cast<uint64_t>(find.number_at(1))};
}

bool SqliteStore::write(const std::vector<RecordChange>& changes) {
    std::lock_guard<std::mutex> lock(m_impl->mutex);
    m_impl->run("BEGIN IMMEDIATE");
    try {
        const bool done = m_impl->apply(changes);
        m_impl->run(done ? "COMMIT" : "ROLLBACK");
        return done;
    } catch (...) {
        // SQLite has perhaps rolled back by itself; then this one says so, and that is fine.
        sqlite3_exec(m_impl->database, "ROLLBACK", nullptr, nullptr, nullptr);
        throw;
    }
}

std::vector<std::string> SqliteStore::names(const std::string& prefix, const std::string& after,
                                            size_t limit) {
    std::lock_guard<std::mutex> lock(m_impl->mutex);
    Query find = m_impl->query(
        "SELECT name FROM records WHERE name >= ?1 AND name < ?2 AND name > ?3"
        " ORDER BY name LIMIT ?4");
    const std::string end = prefix + '\xff';  // names are ASCII
    find.blob(1, as_bytes(prefix)).blob(2, as_bytes(end)).blob(3, as_bytes(after));
    find.number(4, static_cast<int64_t>(limit));
    std::vector<std::string> found;
    while (find.step()) {
        const Bytes name = find.blob_at(0);
        found.emplace_back(as_text(name));
    }
    return found;
}

size_t SqliteStore::drop_expired(Timestamp now, size_t limit) {
    std::lock_guard<std::mutex> lock(m_impl->mutex);
    Query erase = m_impl->query(
        "DELETE FROM records WHERE name IN"
        " (SELECT name FROM records WHERE until <= ?1 ORDER BY until LIMIT ?2)");
    erase.number(1, now.seconds).number(2, static_cast<int64_t>(limit));
    erase.step();
    return static_cast<size_t>(sqlite3_changes(m_impl->database));
}

}  // namespace bidseal::cloud
