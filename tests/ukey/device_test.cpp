// Devices, applications, PINs, removal, damage, other processes.
#include <atomic>
#include <thread>

#include "fixture.h"

using namespace bidseal;
using namespace bidseal::test;

TEST_CASE("a blank device is formatted when it is connected, and keeps its serial number") {
    const Folder folder;
    folder.blank("one");
    DEVINFO first{}, second{};
    {
        Client c("one");
        REQUIRE(c.f.SKF_GetDevInfo(c.dev, &first) == SAR_OK);
    }
    Client c("one");
    REQUIRE(c.f.SKF_GetDevInfo(c.dev, &second) == SAR_OK);
    CHECK(std::strlen(first.SerialNumber) == 16);
    CHECK(std::memcmp(first.SerialNumber, second.SerialNumber, 32) == 0);
    CHECK(std::string(first.Label) == "one");
    CHECK(+first.AlgSymCap == 0x413);
    REQUIRE(c.f.SKF_SetLabel(c.dev, text("bids")) == SAR_OK);
    REQUIRE(c.f.SKF_GetDevInfo(c.dev, &second) == SAR_OK);
    CHECK(std::string(second.Label) == "bids");
}

TEST_CASE("lists of names follow the two-call rule") {
    const Folder folder;
    folder.blank("alpha");
    folder.blank("beta");
    const Functions& f = skf_functions();
    ULONG size = 0;
    REQUIRE(f.SKF_EnumDev(1, nullptr, &size) == SAR_OK);
    CHECK(size == 12);
    Bytes list(size);
    size = 11;
    CHECK(f.SKF_EnumDev(1, reinterpret_cast<LPSTR>(list.data()), &size) == SAR_BUFFER_TOO_SMALL);
    CHECK(size == 12);
    REQUIRE(f.SKF_EnumDev(1, reinterpret_cast<LPSTR>(list.data()), &size) == SAR_OK);
    CHECK(std::string(list.begin(), list.end()) == std::string("alpha\0beta\0\0", 12));
    CHECK(f.SKF_EnumDev(1, nullptr, nullptr) == SAR_INVALIDPARAMERR);
}

TEST_CASE("device names cannot leave the folder, handles cannot be invented") {
    const Folder folder;
    const Functions& f = skf_functions();
    DEVHANDLE handle = nullptr;
    CHECK(f.SKF_ConnectDev(text("../etc/passwd"), &handle) == SAR_INVALIDPARAMERR);
    CHECK(f.SKF_ConnectDev(text("missing"), &handle) == SAR_DEVICE_REMOVED);
    DEVINFO info{};
    CHECK(f.SKF_GetDevInfo(reinterpret_cast<DEVHANDLE>(0x1234), &info) == SAR_INVALIDHANDLEERR);
    folder.blank("one");
    Client c("one");
    CHECK(f.SKF_CloseApplication(c.dev) == SAR_INVALIDHANDLEERR);
    const DEVHANDLE stale = c.dev;
    REQUIRE(f.SKF_DisConnectDev(c.dev) == SAR_OK);
    c.dev = nullptr;
    CHECK(f.SKF_GetDevInfo(stale, &info) == SAR_INVALIDHANDLEERR);
}

TEST_CASE("applications are made only after device authentication, with a fresh challenge") {
    const Folder folder;
    folder.blank("one");
    Client c("one");
    HAPPLICATION app = nullptr;
    const auto create = [&] {
        return c.f.SKF_CreateApplication(c.dev, text("APP"), text(admin_pin), 3, text(user_pin), 3,
                                         SECURE_USER_ACCOUNT, &app);
    };
    CHECK(create() == SAR_USER_NOT_LOGGED_IN);
    Bytes wrong(16, 7);
    CHECK(c.f.SKF_DevAuth(c.dev, wrong.data(), 16) == SAR_FAIL);
    CHECK(create() == SAR_USER_NOT_LOGGED_IN);
    // A challenge is good for one answer, right or wrong.
    const auto answer = [&](bool wrong_first) {
        Bytes block(16, 0);
        REQUIRE(c.f.SKF_GenRandom(c.dev, block.data(), 8) == SAR_OK);
        Bytes right = to_bytes(crypto::sm4_ecb_encrypt(as_bytes("1234567812345678"), block).view());
        const ULONG first = c.f.SKF_DevAuth(c.dev, wrong_first ? wrong.data() : right.data(), 16);
        CHECK(first == (wrong_first ? SAR_FAIL : SAR_OK));
        return c.f.SKF_DevAuth(c.dev, right.data(), 16);
    };
    CHECK(answer(true) == SAR_FAIL);
    CHECK(create() == SAR_USER_NOT_LOGGED_IN);
    CHECK(answer(false) == SAR_FAIL);
    CHECK(create() == SAR_OK);
    CHECK(create() == SAR_APPLICATION_EXISTS);
    CHECK(c.f.SKF_OpenApplication(c.dev, text("NONE"), &app) == SAR_APPLICATION_NOT_EXISTS);
    CHECK(c.f.SKF_DeleteApplication(c.dev, text("APP")) == SAR_OK);
    CHECK(c.f.SKF_OpenApplication(c.dev, text("APP"), &app) == SAR_APPLICATION_NOT_EXISTS);
}

TEST_CASE(
    "wrong PINs are counted across processes, lock the token, and the administrator unlocks") {
    const Folder folder;
    folder.blank("one");
    { Client("one").create(); }
    const int answer = in_other_process([] {
        Client c("one");
        c.open();
        return c.verify("000000") == SAR_PIN_INCORRECT ? static_cast<int>(c.left) : 100;
    });
    CHECK(answer == 2);
    Client c("one");
    c.open();
    CHECK(c.left_tries() == 2);
    CHECK(c.verify("1") == SAR_PIN_LEN_RANGE);  // cannot be a PIN: costs nothing
    CHECK(c.left_tries() == 2);
    CHECK(c.verify("000000") == SAR_PIN_INCORRECT);
    CHECK(c.left == 1);
    CHECK(c.verify("000000") == SAR_PIN_LOCKED);
    CHECK(c.left == 0);
    CHECK(c.verify(user_pin) == SAR_PIN_LOCKED);  // the right one comes too late

    CHECK(c.f.SKF_UnblockPIN(c.app, text("99999999"), text("654321"), &c.left) ==
          SAR_PIN_INCORRECT);
    CHECK(c.left == 2);
    CHECK(c.f.SKF_UnblockPIN(c.app, text(admin_pin), text("654321"), &c.left) == SAR_OK);
    CHECK(c.left_tries() == 3);
    CHECK(c.left_tries(ADMIN_TYPE) == 3);
    CHECK(c.verify(user_pin) == SAR_PIN_INCORRECT);
    CHECK(c.verify("654321") == SAR_OK);
    CHECK(c.left_tries() == 3);
}

TEST_CASE("the try is spent on the disk before the PIN is looked at") {
    const Folder folder;
    folder.blank("one");
    { Client("one").create(); }
    // A write that fails must refuse the login: a PIN that is not counted is not checked either.
    Client c("one");
    c.open();
    const fs::path blocker = folder.path() / ".one.ukey.new";
    fs::create_directory(blocker);
    CHECK(c.verify(user_pin) == SAR_WRITEFILEERR);
    CHECK(c.verify("000000") == SAR_WRITEFILEERR);  // not even that it is wrong is told
    fs::remove(blocker);
    CHECK(c.left_tries() == 3);
    CHECK(c.verify(user_pin) == SAR_OK);
}

TEST_CASE("the factory PIN is told apart from a chosen one") {
    const Folder folder;
    folder.blank("one");
    Client c("one");
    c.create();
    ULONG max = 0, left = 0;
    BOOL is_default = 0;
    REQUIRE(c.f.SKF_GetPINInfo(c.app, USER_TYPE, &max, &left, &is_default) == SAR_OK);
    CHECK(max == 3);
    CHECK(is_default == 1);
    CHECK(c.f.SKF_ChangePIN(c.app, USER_TYPE, text(user_pin), text("12345"), &left) ==
          SAR_PIN_LEN_RANGE);
    REQUIRE(c.f.SKF_ChangePIN(c.app, USER_TYPE, text(user_pin), text("777777"), &left) == SAR_OK);
    REQUIRE(c.f.SKF_GetPINInfo(c.app, USER_TYPE, &max, &left, &is_default) == SAR_OK);
    CHECK(is_default == 0);
    CHECK(c.verify(user_pin) == SAR_PIN_INCORRECT);
    CHECK(c.verify("777777") == SAR_OK);
}

TEST_CASE("a token pulled out ends the connection, even when it comes back") {
    const Folder folder;
    folder.blank("one");
    Client c("one");
    c.make_all();
    const fs::path away = folder.path() / "drawer";
    fs::rename(folder.file("one"), away);
    Bytes digest(32, 1);
    ECCSIGNATUREBLOB signature{};
    CHECK(c.f.SKF_ECCSignData(c.con, digest.data(), 32, &signature) == SAR_DEVICE_REMOVED);
    ULONG state = 99;
    REQUIRE(c.f.SKF_GetDevState(text("one"), &state) == SAR_OK);
    CHECK(state == DEV_ABSENT_STATE);
    fs::rename(away, folder.file("one"));
    CHECK(c.f.SKF_ECCSignData(c.con, digest.data(), 32, &signature) == SAR_DEVICE_REMOVED);

    Client again("one");
    again.open();
    again.open_container();
    CHECK(again.f.SKF_ECCSignData(again.con, digest.data(), 32, &signature) ==
          SAR_USER_NOT_LOGGED_IN);
    CHECK(again.verify(user_pin) == SAR_OK);
    CHECK(again.f.SKF_ECCSignData(again.con, digest.data(), 32, &signature) == SAR_OK);
    // Out and in between two calls: nobody looked, and yet the login is gone. (Not within one tick
    // of the file system's clock, a few milliseconds: nobody is that quick.)
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    fs::rename(folder.file("one"), away);
    fs::rename(away, folder.file("one"));
    CHECK(again.f.SKF_ECCSignData(again.con, digest.data(), 32, &signature) == SAR_DEVICE_REMOVED);
}

TEST_CASE("another process's changes are seen, and do not end a login") {
    const Folder folder;
    folder.blank("one");
    Client c("one");
    c.make_all();
    for (int round = 0; round < 3; ++round) {
        CHECK(in_other_process([] {
                  Client other("one");
                  return other.f.SKF_SetLabel(other.dev, text("from elsewhere")) == SAR_OK ? 0 : 1;
              }) == 0);
    }
    DEVINFO info{};
    REQUIRE(c.f.SKF_GetDevInfo(c.dev, &info) == SAR_OK);
    CHECK(std::string(info.Label) == "from elsewhere");
    Bytes digest(32, 1);
    ECCSIGNATUREBLOB signature{};
    CHECK(c.f.SKF_ECCSignData(c.con, digest.data(), 32, &signature) == SAR_OK);
}

TEST_CASE("a locked device waits for its holder") {
    const Folder folder;
    folder.blank("one");
    Client holder("one"), other("one");
    REQUIRE(holder.f.SKF_LockDev(holder.dev, 1000) == SAR_OK);
    CHECK(other.f.SKF_LockDev(other.dev, 50) == SAR_TIMEOUTERR);
    std::thread releaser([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        holder.f.SKF_UnlockDev(holder.dev);
    });
    DEVINFO info{};
    const auto start = std::chrono::steady_clock::now();
    CHECK(other.f.SKF_GetDevInfo(other.dev, &info) == SAR_OK);
    CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(90));
    releaser.join();
    CHECK(holder.f.SKF_UnlockDev(holder.dev) == SAR_FAIL);
}

TEST_CASE("a damaged state file is refused, at whatever byte") {
    const Folder folder;
    folder.blank("one");
    { Client("one").make_all(); }
    std::ifstream in(folder.file("one"), std::ios::binary);
    const std::string good((std::istreambuf_iterator<char>(in)), {});
    REQUIRE(good.size() > 400);
    const auto connect = [&](const std::string& content) {
        std::ofstream(folder.file("one"), std::ios::binary | std::ios::trunc) << content;
        DEVHANDLE handle = nullptr;
        const ULONG answer = skf_functions().SKF_ConnectDev(text("one"), &handle);
        if (answer == SAR_OK)
            skf_functions().SKF_DisConnectDev(handle);
        return answer;
    };
    CHECK(connect(good) == SAR_OK);
    for (size_t at = 0; at < good.size(); at += 13) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 1);
        CHECK(connect(bad) == SAR_FILEERR);
        CHECK(connect(good.substr(0, at)) == SAR_FILEERR);
    }
    CHECK(connect(good + "x") == SAR_FILEERR);
}

TEST_CASE("no private key, PIN or sealed file stands in the state file") {
    const Folder folder;
    folder.blank("one");
    Client c("one");
    const ECCPUBLICKEYBLOB signing_key = c.make_all();
    CountingRandom random;
    const auto key = crypto::Sm2PrivateKey::generate(random);
    Bytes blob = envelope(key, signing_key);
    REQUIRE(c.f.SKF_ImportECCKeyPair(c.con, reinterpret_cast<ENVELOPEDKEYBLOB*>(blob.data())) ==
            SAR_OK);
    REQUIRE(c.f.SKF_CreateFile(c.app, text("seal"), 20, SECURE_USER_ACCOUNT, SECURE_USER_ACCOUNT) ==
            SAR_OK);
    Bytes content = to_bytes(as_bytes("picture of the seal!"));
    REQUIRE(c.f.SKF_WriteFile(c.app, text("seal"), 0, content.data(), 20) == SAR_OK);
    std::ifstream in(folder.file("one"), std::ios::binary);
    const std::string state((std::istreambuf_iterator<char>(in)), {});
    CHECK(state.find(std::string(as_text(key.public_key().point()).substr(1))) !=
          std::string::npos);
    CHECK(state.find(std::string(as_text(key.scalar().view()))) == std::string::npos);
    CHECK(state.find(user_pin) == std::string::npos);
    CHECK(state.find(admin_pin) == std::string::npos);
    CHECK(state.find("picture of the seal") == std::string::npos);
}

TEST_CASE("files keep their rights") {
    const Folder folder;
    folder.blank("one");
    Client c("one");
    c.create();
    CHECK(c.f.SKF_CreateFile(c.app, text("f"), 4, SECURE_ANYONE_ACCOUNT, SECURE_USER_ACCOUNT) ==
          SAR_USER_NOT_LOGGED_IN);
    REQUIRE(c.verify(user_pin) == SAR_OK);
    REQUIRE(c.f.SKF_CreateFile(c.app, text("open"), 4, SECURE_ANYONE_ACCOUNT,
                               SECURE_USER_ACCOUNT) == SAR_OK);
    REQUIRE(c.f.SKF_CreateFile(c.app, text("own"), 4, SECURE_USER_ACCOUNT, SECURE_USER_ACCOUNT) ==
            SAR_OK);
    CHECK(c.f.SKF_CreateFile(c.app, text("own"), 4, SECURE_USER_ACCOUNT, SECURE_USER_ACCOUNT) ==
          SAR_FILE_ALREADY_EXIST);
    Bytes data{1, 2, 3};
    REQUIRE(c.f.SKF_WriteFile(c.app, text("open"), 1, data.data(), 3) == SAR_OK);
    REQUIRE(c.f.SKF_WriteFile(c.app, text("own"), 0, data.data(), 3) == SAR_OK);
    CHECK(c.f.SKF_WriteFile(c.app, text("own"), 2, data.data(), 3) == SAR_INDATALENERR);
    REQUIRE(c.f.SKF_ClearSecureState(c.app) == SAR_OK);

    Bytes out(4, 9);
    ULONG length = 4;
    REQUIRE(c.f.SKF_ReadFile(c.app, text("open"), 0, 4, out.data(), &length) == SAR_OK);
    CHECK(out == Bytes{0, 1, 2, 3});
    CHECK(c.f.SKF_ReadFile(c.app, text("own"), 0, 4, out.data(), &length) ==
          SAR_USER_NOT_LOGGED_IN);
    CHECK(c.f.SKF_WriteFile(c.app, text("open"), 0, data.data(), 3) == SAR_USER_NOT_LOGGED_IN);
    REQUIRE(c.verify(user_pin) == SAR_OK);
    length = 4;
    REQUIRE(c.f.SKF_ReadFile(c.app, text("own"), 1, 9, out.data(), &length) == SAR_OK);
    CHECK(length == 3);
    CHECK(Bytes(out.begin(), out.begin() + 3) == Bytes{2, 3, 0});
    FILEATTRIBUTE about{};
    REQUIRE(c.f.SKF_GetFileInfo(c.app, text("own"), &about) == SAR_OK);
    CHECK(+about.FileSize == 4);
    CHECK(+about.ReadRights == SECURE_USER_ACCOUNT);
    CHECK(c.f.SKF_DeleteFile(c.app, text("own")) == SAR_OK);
    CHECK(c.f.SKF_DeleteFile(c.app, text("own")) == SAR_FILE_NOT_EXIST);
}

TEST_CASE("plugging in and out is told, and waiting can be cancelled") {
    const Folder folder;
    folder.blank("one");
    const Functions& f = skf_functions();
    const auto next = [&](std::string& name) {
        char buffer[64] = {};
        ULONG length = sizeof buffer, event = 0;
        const ULONG answer = f.SKF_WaitForDevEvent(buffer, &length, &event);
        name = buffer;
        return answer == SAR_OK ? event : answer;
    };
    // The folder of an earlier case may differ from this one: take in what that gives.
    std::atomic<bool> settled{false};
    std::thread settle([&] {
        while (!settled) {
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
            f.SKF_CancelWaitForDevEvent();
        }
    });
    std::string name;
    while (next(name) != SAR_NOT_EVENTERR) {
    }
    settled = true;
    settle.join();
    folder.blank("two");
    CHECK(next(name) == DEV_EVENT_IN);
    CHECK(name == "two");
    fs::remove(folder.file("one"));
    CHECK(next(name) == DEV_EVENT_OUT);
    CHECK(name == "one");
}
