// GM/T 0016 section 7.4 (files).
#include "exports.h"
#include "library.h"
#include "vault.h"

using namespace bidseal;
using namespace bidseal::softukey;

namespace {

using Lock = std::unique_lock<std::mutex>;

constexpr size_t max_file_size = 512 * 1024;
constexpr size_t max_files = 64;

bool allowed(const Login& login, ULONG rights) {
    if (rights == SECURE_ANYONE_ACCOUNT)
        return true;
    return ((rights & SECURE_USER_ACCOUNT) != 0 && login.user) ||
           ((rights & SECURE_ADM_ACCOUNT) != 0 && login.admin);
}

bool known_rights(ULONG rights) {
    return rights == SECURE_ANYONE_ACCOUNT ||
           (rights & ~(SECURE_USER_ACCOUNT | SECURE_ADM_ACCOUNT)) == 0;
}

std::string file_name(const CHAR* name) {
    return text_argument(name, max_file_name, SAR_NAMELENERR);
}

File& find(Visit& visit, const OpenApplication& app, const std::string& name) {
    File* file = visit.application(app.name).find_file(name);
    demand(file != nullptr, SAR_FILE_NOT_EXIST);
    return *file;
}

SecretBytes content_of(Visit& visit, const OpenApplication& app, const File& file) {
    if (!file.sealed)
        return SecretBytes::copy_of(file.content);
    auto plain = unseal(visit.login(app.name).master, file.content,
                        file_context(visit.state(), app.name, file.name));
    demand(plain.has_value(), SAR_READFILEERR);
    return std::move(*plain);
}

}  // namespace

namespace bidseal::skf {

ULONG SKF_CreateFile(HAPPLICATION handle, LPSTR name, ULONG size, ULONG read_rights,
                     ULONG write_rights) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto app = library.find<OpenApplication>(handle);
        const std::string wanted = file_name(name);
        demand(known_rights(read_rights) && known_rights(write_rights), SAR_INVALIDPARAMERR);
        // Sealing needs a login: what only some may read cannot be open for all to write.
        const bool sealed = read_rights != SECURE_ANYONE_ACCOUNT;
        demand(!sealed || write_rights != SECURE_ANYONE_ACCOUNT, SAR_INVALIDPARAMERR);
        demand(size <= max_file_size, SAR_NO_ROOM);

        Visit visit(lock, app->device);
        const Login& login = visit.login(app->name);
        demand(allowed(login, visit.application(app->name).create_file_rights),
               SAR_USER_NOT_LOGGED_IN);
        demand(!sealed || login.user || login.admin, SAR_USER_NOT_LOGGED_IN);
        visit.edit();
        ApplicationState& state = visit.application(app->name);
        demand(state.find_file(wanted) == nullptr, SAR_FILE_ALREADY_EXIST);
        demand(state.files.size() < max_files, SAR_NO_ROOM);
        File file;
        file.name = wanted;
        file.size = size;
        file.read_rights = read_rights;
        file.write_rights = write_rights;
        file.sealed = sealed;
        file.content = Bytes(size, 0);
        if (sealed) {
            file.content =
                seal(login.master, file.content, file_context(visit.state(), app->name, wanted));
        }
        state.files.push_back(std::move(file));
        visit.commit();
    });
}

ULONG SKF_DeleteFile(HAPPLICATION handle, LPSTR name) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto app = library.find<OpenApplication>(handle);
        const std::string wanted = file_name(name);
        Visit visit(lock, app->device);
        demand(allowed(visit.login(app->name), visit.application(app->name).create_file_rights),
               SAR_USER_NOT_LOGGED_IN);
        visit.edit();
        const File& file = find(visit, *app, wanted);
        auto& files = visit.application(app->name).files;
        files.erase(files.begin() + (&file - files.data()));
        visit.commit();
    });
}

ULONG SKF_EnumFiles(HAPPLICATION handle, LPSTR list, ULONG* size) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto app = library.find<OpenApplication>(handle);
        Visit visit(lock, app->device);
        std::vector<std::string> names;
        for (const File& file : visit.application(app->name).files)
            names.push_back(file.name);
        give_names(names, list, size);
    });
}

ULONG SKF_GetFileInfo(HAPPLICATION handle, LPSTR name, FILEATTRIBUTE* info) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto app = library.find<OpenApplication>(handle);
        demand(info != nullptr, SAR_INVALIDPARAMERR);
        Visit visit(lock, app->device);
        const File& file = find(visit, *app, file_name(name));
        put_text(info->FileName, file.name);
        info->FileSize = file.size;
        info->ReadRights = file.read_rights;
        info->WriteRights = file.write_rights;
    });
}

ULONG SKF_ReadFile(HAPPLICATION handle, LPSTR name, ULONG offset, ULONG size, BYTE* out,
                   ULONG* length) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto app = library.find<OpenApplication>(handle);
        Visit visit(lock, app->device);
        const File& file = find(visit, *app, file_name(name));
        demand(allowed(visit.login(app->name), file.read_rights), SAR_USER_NOT_LOGGED_IN);
        demand(offset <= file.size, SAR_INVALIDPARAMERR);
        const SecretBytes content = content_of(visit, *app, file);
        const size_t count = std::min<size_t>(size, file.size - offset);
        give(content.view().subspan(offset, count), out, length);
    });
}

ULONG SKF_WriteFile(HAPPLICATION handle, LPSTR name, ULONG offset, BYTE* data, ULONG size) {
    return Library::call([&](Library& library, Lock& lock) {
        const auto app = library.find<OpenApplication>(handle);
        demand(data != nullptr || size == 0, SAR_INVALIDPARAMERR);
        Visit visit(lock, app->device);
        visit.edit();
        File& file = find(visit, *app, file_name(name));
        const Login& login = visit.login(app->name);
        demand(allowed(login, file.write_rights), SAR_USER_NOT_LOGGED_IN);
        demand(offset <= file.size && size <= file.size - offset, SAR_INDATALENERR);
        SecretBytes content = content_of(visit, *app, file);
        if (size != 0)
            std::memcpy(content.span().data() + offset, data, size);
        file.content = file.sealed ? seal(login.master, content.view(),
                                          file_context(visit.state(), app->name, file.name))
                                   : to_bytes(content.view());
        visit.commit();
    });
}

}  // namespace bidseal::skf
