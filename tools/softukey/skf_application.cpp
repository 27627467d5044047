// GM/T 0016 sections 7.2 (access control) and 7.3 (applications).
#include "exports.h"
#include "library.h"
#include "vault.h"

using namespace bidseal;
using namespace bidseal::softukey;

namespace {

using Lock = std::unique_lock<std::mutex>;

constexpr size_t min_pin = 6;
constexpr size_t max_pin = 16;
constexpr ULONG max_tries = 255;
constexpr size_t max_applications = 8;

void set(ULONG* where, ULONG value) {
    if (where != nullptr)
        *where = value;
}

SecretBytes new_pin(const CHAR* pin) {
    demand(pin != nullptr, SAR_INVALIDPARAMERR);
    const size_t length = strnlen(pin, max_pin + 1);
    demand(length >= min_pin && length <= max_pin, SAR_PIN_LEN_RANGE);
    return SecretBytes::copy_of(as_bytes({pin, length}));
}

Pin& pin_of(ApplicationState& app, ULONG type) {
    demand(type == USER_TYPE || type == ADMIN_TYPE, SAR_USER_TYPE_INVALID);
    return type == USER_TYPE ? app.user : app.admin;
}

// Checks a PIN at the cost of a try. The lowered counter is on the disk before the PIN is looked
// at, so that cutting the power (or killing the process) never gives a try back.
SecretBytes spend_try(Visit& visit, const std::string& application, ULONG type, const CHAR* pin,
                      ULONG* tries) {
    demand(pin != nullptr, SAR_INVALIDPARAMERR);
    const uint32_t left = pin_of(visit.application(application), type).left;
    set(tries, left);
    demand(left > 0, SAR_PIN_LOCKED);
    const size_t length = strnlen(pin, max_pin + 1);
    demand(length >= min_pin && length <= max_pin, SAR_PIN_LEN_RANGE);

    visit.edit();
    pin_of(visit.application(application), type).left = left - 1;
    visit.commit();
    set(tries, left - 1);

    const Pin record = pin_of(visit.application(application), type);
    auto master = open_pin(record, {pin, length}, pin_context(visit.state(), application, type));
    if (!master)
        throw Answer{left == 1 ? SAR_PIN_LOCKED : SAR_PIN_INCORRECT};
    set(tries, record.max);
    return std::move(*master);
}

// Writes a new PIN record, or only the restored counter where `pin` is empty.
void restore(Visit& visit, const std::string& application, ULONG type, const SecretBytes& pin,
             const SecretBytes& master) {
    visit.edit();
    Pin& record = pin_of(visit.application(application), type);
    if (pin.empty()) {
        record.left = record.max;
    } else {
        record = make_pin(as_text(pin.view()), master, visit.state().iterations, record.max,
                          pin_context(visit.state(), application, type));
    }
    visit.commit();
}

}  // namespace

namespace bidseal::skf {

ULONG SKF_ChangePIN(HAPPLICATION handle, ULONG type, LPSTR old_pin, LPSTR pin, ULONG* tries) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto app = library.find<OpenApplication>(handle);
        const SecretBytes wanted = new_pin(pin);
        Visit visit(lock, app->device);
        const SecretBytes master = spend_try(visit, app->name, type, old_pin, tries);
        restore(visit, app->name, type, wanted, master);
    });
}

ULONG SKF_GetPINInfo(HAPPLICATION handle, ULONG type, ULONG* max, ULONG* left, BOOL* is_default) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto app = library.find<OpenApplication>(handle);
        Visit visit(lock, app->device);
        const Pin& record = pin_of(visit.application(app->name), type);
        set(max, record.max);
        set(left, record.left);
        if (is_default != nullptr)
            *is_default = record.is_default ? 1 : 0;
    });
}

ULONG SKF_VerifyPIN(HAPPLICATION handle, ULONG type, LPSTR pin, ULONG* tries) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto app = library.find<OpenApplication>(handle);
        Visit visit(lock, app->device);
        Login& login = visit.login(app->name);
        // A wrong PIN also ends the login that there was.
        (type == USER_TYPE ? login.user : login.admin) = false;
        SecretBytes master = spend_try(visit, app->name, type, pin, tries);
        restore(visit, app->name, type, {}, master);
        login.master = std::move(master);
        (type == USER_TYPE ? login.user : login.admin) = true;
    });
}

ULONG SKF_UnblockPIN(HAPPLICATION handle, LPSTR admin_pin, LPSTR user_pin, ULONG* tries) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto app = library.find<OpenApplication>(handle);
        const SecretBytes wanted = new_pin(user_pin);
        Visit visit(lock, app->device);
        const SecretBytes master = spend_try(visit, app->name, ADMIN_TYPE, admin_pin, tries);
        restore(visit, app->name, ADMIN_TYPE, {}, master);
        restore(visit, app->name, USER_TYPE, wanted, master);
    });
}

ULONG SKF_ClearSecureState(HAPPLICATION handle) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto app = library.find<OpenApplication>(handle);
        app->device->logins.erase(app->name);
        Visit visit(lock, app->device);
    });
}

ULONG SKF_CreateApplication(DEVHANDLE device, LPSTR name, LPSTR admin_pin, ULONG admin_tries,
                            LPSTR user_pin, ULONG user_tries, ULONG file_rights,
                            HAPPLICATION* handle) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto connection = library.find<Connection>(device);
        demand(handle != nullptr, SAR_INVALIDPARAMERR);
        demand(admin_tries >= 1 && admin_tries <= max_tries && user_tries >= 1 &&
                   user_tries <= max_tries,
               SAR_INVALIDPARAMERR);
        const std::string app_name = text_argument(name, max_name, SAR_APPLICATION_NAME_INVALID);
        const SecretBytes admin = new_pin(admin_pin);
        const SecretBytes user = new_pin(user_pin);

        Visit visit(lock, connection);
        demand(connection->authenticated, SAR_USER_NOT_LOGGED_IN);
        DeviceState& state = visit.edit();
        demand(state.find_application(app_name) == nullptr, SAR_APPLICATION_EXISTS);
        demand(state.applications.size() < max_applications, SAR_NO_ROOM);
        const SecretBytes master = SecretBytes::copy_of(random_bytes(16));
        ApplicationState app;
        app.name = app_name;
        app.create_file_rights = file_rights;
        app.admin = make_pin(as_text(admin.view()), master, state.iterations, admin_tries,
                             pin_context(state, app_name, ADMIN_TYPE));
        app.user = make_pin(as_text(user.view()), master, state.iterations, user_tries,
                            pin_context(state, app_name, USER_TYPE));
        app.admin.is_default = app.user.is_default = true;
        state.applications.push_back(std::move(app));
        visit.commit();

        auto open = std::make_shared<OpenApplication>();
        open->device = connection;
        open->name = app_name;
        *handle = library.add(open);
    });
}

ULONG SKF_EnumApplication(DEVHANDLE device, LPSTR list, ULONG* size) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto connection = library.find<Connection>(device);
        Visit visit(lock, connection);
        std::vector<std::string> names;
        for (const ApplicationState& app : visit.state().applications)
            names.push_back(app.name);
        give_names(names, list, size);
    });
}

ULONG SKF_DeleteApplication(DEVHANDLE device, LPSTR name) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto connection = library.find<Connection>(device);
        const std::string app_name = text_argument(name, max_name, SAR_APPLICATION_NAME_INVALID);
        Visit visit(lock, connection);
        demand(connection->authenticated, SAR_USER_NOT_LOGGED_IN);
        visit.application(app_name);
        auto& apps = visit.edit().applications;
        for (auto it = apps.begin(); it != apps.end(); ++it) {
            if (it->name != app_name)
                continue;
            apps.erase(it);
            break;
        }
        visit.commit();
        connection->logins.erase(app_name);
    });
}

ULONG SKF_OpenApplication(DEVHANDLE device, LPSTR name, HAPPLICATION* handle) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto connection = library.find<Connection>(device);
        demand(handle != nullptr, SAR_INVALIDPARAMERR);
        const std::string app_name = text_argument(name, max_name, SAR_APPLICATION_NAME_INVALID);
        Visit visit(lock, connection);
        visit.application(app_name);
        auto open = std::make_shared<OpenApplication>();
        open->device = connection;
        open->name = app_name;
        *handle = library.add(open);
    });
}

ULONG SKF_CloseApplication(HAPPLICATION handle) {
    return Library::call([&](Library& library, Lock&) {
        library.find<OpenApplication>(handle);  // the login stays: it belongs to the connection
        library.remove(handle);
    });
}

}  // namespace bidseal::skf
