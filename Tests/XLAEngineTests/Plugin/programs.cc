// Compiling, keeping and running programs.
#include <cstring>

#include "functions.h"
#include "handles.h"
#include "xla/hlo/builder/xla_computation.h"
#include "xla/hlo/ir/hlo_module.h"
#include "xla/pjrt/pjrt_executable.h"
#include "xla/pjrt/proto/compile_options.pb.h"
#include "xla/tsl/platform/errors.h"
#include "xla/tsl/platform/statusor.h"

namespace xla {
// Declared here because its header needs much of MLIR.
absl::Status ParseMlirModuleStringAndConvertToXlaComputation(
    absl::string_view text, XlaComputation &computation, bool use_tuple_args, bool return_tuple);
}  // namespace xla

namespace {
absl::StatusOr<xla::CompileOptions> ReadCompileOptions(const char *bytes, size_t size) {
    xla::CompileOptionsProto proto;
    if (!proto.ParseFromArray(bytes, static_cast<int>(size))) {
        return absl::InvalidArgumentError("the compile options are no CompileOptionsProto");
    }
    return xla::CompileOptions::FromProto(proto);
}

/// The failures that tests have asked for.
absl::Status CountExecution(PJRT_Client *client) {
    int64_t before = client->executions++;
    if (before >= client->options.fail_after.value_or(INT64_MAX)) return absl::InternalError("device lost (test)");
    if (before >= client->options.fail_memory_after.value_or(INT64_MAX)) {
        return absl::ResourceExhaustedError("out of memory (test)");
    }
    return absl::OkStatus();
}
}  // namespace

absl::Status Client_Compile(PJRT_Client_Compile_Args *args) {
    if (absl::string_view(args->program->format, args->program->format_size) != "mlir") {
        return absl::UnimplementedError("only programs of format mlir");
    }
    TF_ASSIGN_OR_RETURN(
        xla::CompileOptions options, ReadCompileOptions(args->compile_options, args->compile_options_size));
    xla::XlaComputation computation;
    TF_RETURN_IF_ERROR(xla::ParseMlirModuleStringAndConvertToXlaComputation(
        {args->program->code, args->program->code_size}, computation, /*use_tuple_args=*/false,
        /*return_tuple=*/false));
    TF_ASSIGN_OR_RETURN(
        std::unique_ptr<xla::PjRtLoadedExecutable> program,
        args->client->client->CompileAndLoad(computation, std::move(options)));
    args->executable = new PJRT_LoadedExecutable{std::move(program), args->client};
    return absl::OkStatus();
}

absl::Status Executable_Destroy(PJRT_Executable_Destroy_Args *args) {
    delete args->executable;
    return absl::OkStatus();
}

absl::Status Executable_NumOutputs(PJRT_Executable_NumOutputs_Args *args) {
    TF_ASSIGN_OR_RETURN(auto types, args->executable->program->GetOutputElementTypes());
    args->num_outputs = types.front().size();
    return absl::OkStatus();
}

absl::Status Executable_GetCompiledMemoryStats(PJRT_Executable_GetCompiledMemoryStats_Args *args) {
    TF_ASSIGN_OR_RETURN(xla::CompiledMemoryStats stats, args->executable->program->GetCompiledMemoryStats());
    args->generated_code_size_in_bytes = stats.generated_code_size_in_bytes;
    args->argument_size_in_bytes = stats.argument_size_in_bytes;
    args->output_size_in_bytes = stats.output_size_in_bytes;
    args->alias_size_in_bytes = stats.alias_size_in_bytes;
    args->temp_size_in_bytes = stats.temp_size_in_bytes;
    args->peak_memory_in_bytes = stats.peak_memory_in_bytes;
    args->total_size_in_bytes = stats.total_size_in_bytes;
    return absl::OkStatus();
}

absl::Status Executable_OptimizedProgram(PJRT_Executable_OptimizedProgram_Args *args) {
    TF_ASSIGN_OR_RETURN(auto modules, args->executable->program->GetHloModules());
    std::string bytes = modules.front()->ToProto().SerializeAsString();
    PJRT_Program *program = args->program;
    program->format = "hlo";
    program->format_size = 3;
    if (!program->code) {
        program->code_size = bytes.size();
        return absl::OkStatus();
    }
    if (program->code_size < bytes.size()) return absl::InvalidArgumentError("too little room for the program");
    std::memcpy(program->code, bytes.data(), bytes.size());
    return absl::OkStatus();
}

absl::Status Executable_Serialize(PJRT_Executable_Serialize_Args *args) {
    TF_ASSIGN_OR_RETURN(std::string bytes, args->executable->program->SerializeExecutable());
    auto *kept = new PJRT_SerializedExecutable{std::move(bytes)};
    args->serialized_bytes = kept->bytes.data();
    args->serialized_bytes_size = kept->bytes.size();
    args->serialized_executable = kept;
    args->serialized_executable_deleter = [](PJRT_SerializedExecutable *kept) { delete kept; };
    return absl::OkStatus();
}

absl::Status Executable_DeserializeAndLoad(PJRT_Executable_DeserializeAndLoad_Args *args) {
    std::optional<xla::CompileOptions> options;
    if (args->overridden_serialized_compile_options) {
        TF_ASSIGN_OR_RETURN(
            options,
            ReadCompileOptions(
                args->overridden_serialized_compile_options, args->overridden_serialized_compile_options_size));
    }
    TF_ASSIGN_OR_RETURN(
        std::unique_ptr<xla::PjRtLoadedExecutable> program,
        args->client->client->LoadSerializedExecutable(
            {args->serialized_executable, args->serialized_executable_size}, std::move(options), xla::LoadOptions()));
    args->loaded_executable = new PJRT_LoadedExecutable{std::move(program), args->client};
    return absl::OkStatus();
}

absl::Status LoadedExecutable_Destroy(PJRT_LoadedExecutable_Destroy_Args *args) {
    delete args->executable;
    return absl::OkStatus();
}

absl::Status LoadedExecutable_GetExecutable(PJRT_LoadedExecutable_GetExecutable_Args *args) {
    args->executable = new PJRT_Executable{args->loaded_executable->program};
    return absl::OkStatus();
}

absl::Status LoadedExecutable_Execute(PJRT_LoadedExecutable_Execute_Args *args) {
    if (args->execute_device) return absl::UnimplementedError("execute_device is not part of the test plugin");
    if (args->options->struct_size < PJRT_ExecuteOptions_STRUCT_SIZE) {
        return absl::InvalidArgumentError("the execution's options lack fields");
    }
    PJRT_Client *client = args->executable->client;
    TF_RETURN_IF_ERROR(CountExecution(client));

    std::vector<std::vector<xla::PjRtBuffer *>> arguments(args->num_devices);
    for (size_t device = 0; device < args->num_devices; device++) {
        for (size_t index = 0; index < args->num_args; index++) {
            arguments[device].push_back(args->argument_lists[device][index]->buffer.get());
        }
    }
    xla::ExecuteOptions options;
    options.launch_id = args->options->launch_id;
    for (size_t index = 0; index < args->options->num_non_donatable_input_indices; index++) {
        options.non_donatable_input_indices.insert(args->options->non_donatable_input_indices[index]);
    }
    std::optional<std::vector<xla::Future<>>> done(std::in_place);
    TF_ASSIGN_OR_RETURN(auto outputs, args->executable->program->Execute(arguments, options, done));
    for (size_t device = 0; device < outputs.size(); device++) {
        for (size_t index = 0; index < outputs[device].size(); index++) {
            args->output_lists[device][index] = new PJRT_Buffer(std::move(outputs[device][index]), client);
        }
        if (args->device_complete_events) {
            args->device_complete_events[device] = new PJRT_Event{std::move((*done)[device])};
        }
    }
    return absl::OkStatus();
}
