// The part of the PJRT C API that Tilescope uses. PJRT is the interface between a program and an accelerator's
// compiler and runtime: a plugin is a shared library that exports `const PJRT_Api *GetPjrtApi(void)`.
//
// Names, order and types are the API's own, for they are the ABI; a test holds sizes and places to the real header.
// The comments are ours. Rules that hold everywhere:
//
// - The caller sets `struct_size` of every struct to its `sizeof` and zeroes the rest; fields marked "out" are then
//   the plugin's. `extension_start` stays null.
// - Fields are only ever added at the end, and plugins know by `struct_size` which ones the caller has: the same struct
//   does for plugins that know more of them, and for those that know fewer.
// - A function that returns null has succeeded. Else the caller frees the error with `PJRT_Error_Destroy`.
// - Strings come with a byte count and need not end with a zero. Those that a plugin returns live as long as the object
//   that was asked, unless the field says otherwise.
// - All sizes are bytes.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// MARK: Version

/// Plugins of another major version have another ABI.
#define PJRT_API_MAJOR 0
/// The minor version that these declarations are of.
#define PJRT_API_MINOR 90
/// The lowest that will do, ours: since then the functions are where the table below has them.
#define PJRT_API_MINOR_NEEDED 57

/// Opaque: we use no extension.
typedef struct PJRT_Extension_Base PJRT_Extension_Base;

typedef struct PJRT_Api_Version {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    int major_version;
    int minor_version;
} PJRT_Api_Version;

// MARK: Handles

typedef struct PJRT_Error PJRT_Error;
/// Becomes ready when work that runs by itself has ended, well or not.
typedef struct PJRT_Event PJRT_Event;
/// One plugin's runtime with its devices.
typedef struct PJRT_Client PJRT_Client;
/// Belongs to its client; never freed by the caller.
typedef struct PJRT_Device PJRT_Device;
/// Belongs to its device; never freed by the caller.
typedef struct PJRT_DeviceDescription PJRT_DeviceDescription;
/// One kind of memory of a device. We always take the device's own, by leaving it null.
typedef struct PJRT_Memory PJRT_Memory;
/// Devices that need not be here, to compile for.
typedef struct PJRT_TopologyDescription PJRT_TopologyDescription;
/// A compiled program.
typedef struct PJRT_Executable PJRT_Executable;
/// A compiled program on its devices, ready to run.
typedef struct PJRT_LoadedExecutable PJRT_LoadedExecutable;
/// Keeps the bytes of a serialised program.
typedef struct PJRT_SerializedExecutable PJRT_SerializedExecutable;
/// One array on one device.
typedef struct PJRT_Buffer PJRT_Buffer;
/// Data for custom calls; we have none.
typedef struct PJRT_ExecuteContext PJRT_ExecuteContext;

// MARK: Errors

/// The codes of abseil and gRPC.
typedef enum {
    PJRT_Error_Code_OK = 0,
    PJRT_Error_Code_CANCELLED = 1,
    PJRT_Error_Code_UNKNOWN = 2,
    PJRT_Error_Code_INVALID_ARGUMENT = 3,
    PJRT_Error_Code_DEADLINE_EXCEEDED = 4,
    PJRT_Error_Code_NOT_FOUND = 5,
    PJRT_Error_Code_ALREADY_EXISTS = 6,
    PJRT_Error_Code_PERMISSION_DENIED = 7,
    /// Out of memory.
    PJRT_Error_Code_RESOURCE_EXHAUSTED = 8,
    /// Among others: no visible device.
    PJRT_Error_Code_FAILED_PRECONDITION = 9,
    PJRT_Error_Code_ABORTED = 10,
    PJRT_Error_Code_OUT_OF_RANGE = 11,
    PJRT_Error_Code_UNIMPLEMENTED = 12,
    PJRT_Error_Code_INTERNAL = 13,
    PJRT_Error_Code_UNAVAILABLE = 14,
    PJRT_Error_Code_DATA_LOSS = 15,
    PJRT_Error_Code_UNAUTHENTICATED = 16,
} PJRT_Error_Code;

typedef struct PJRT_Error_Destroy_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_Error *error;
} PJRT_Error_Destroy_Args;

typedef struct PJRT_Error_Message_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    const PJRT_Error *error;
    /// Out; lives as long as the error.
    const char *message;
    size_t message_size;
} PJRT_Error_Message_Args;

typedef struct PJRT_Error_GetCode_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    const PJRT_Error *error;
    /// Out.
    PJRT_Error_Code code;
} PJRT_Error_GetCode_Args;

// MARK: Named values, the options of clients and topologies

typedef enum {
    PJRT_NamedValue_kString = 0,
    PJRT_NamedValue_kInt64 = 1,
    PJRT_NamedValue_kInt64List = 2,
    PJRT_NamedValue_kFloat = 3,
    PJRT_NamedValue_kBool = 4,
} PJRT_NamedValue_Type;

typedef struct PJRT_NamedValue {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    const char *name;
    size_t name_size;
    PJRT_NamedValue_Type type;
    union {
        const char *string_value;
        int64_t int64_value;
        const int64_t *int64_array_value;
        float float_value;
        bool bool_value;
    };
    /// Bytes of a string, elements of a list, else 1.
    size_t value_size;
} PJRT_NamedValue;

// MARK: Plugin

/// To be called once, before all else.
typedef struct PJRT_Plugin_Initialize_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
} PJRT_Plugin_Initialize_Args;

// MARK: Events

typedef struct PJRT_Event_Destroy_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_Event *event;
} PJRT_Event_Destroy_Args;

typedef struct PJRT_Event_IsReady_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_Event *event;
    /// Out; true after a failure too.
    bool is_ready;
} PJRT_Event_IsReady_Args;

/// Blocks until the event is ready; returns the work's own error.
typedef struct PJRT_Event_Await_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_Event *event;
} PJRT_Event_Await_Args;

// MARK: Client

typedef struct PJRT_Client_Create_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    /// `num_options` values; needed during the call only.
    const PJRT_NamedValue *create_options;
    size_t num_options;
    /// A store shared by several machines, as three callbacks and their first arguments. Null: this machine only.
    void (*kv_get_callback)(void);
    void *kv_get_user_arg;
    void (*kv_put_callback)(void);
    void *kv_put_user_arg;
    /// Out; the caller frees it with `PJRT_Client_Destroy`, after everything made with it.
    PJRT_Client *client;
    void (*kv_try_get_callback)(void);
    void *kv_try_get_user_arg;
} PJRT_Client_Create_Args;

typedef struct PJRT_Client_Destroy_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_Client *client;
} PJRT_Client_Destroy_Args;

typedef struct PJRT_Client_PlatformName_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_Client *client;
    /// Out: `cuda`, `tpu`, `cpu`.
    const char *platform_name;
    size_t platform_name_size;
} PJRT_Client_PlatformName_Args;

typedef struct PJRT_Client_PlatformVersion_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_Client *client;
    /// Out, for people; programs compiled by another version should not be loaded.
    const char *platform_version;
    size_t platform_version_size;
} PJRT_Client_PlatformVersion_Args;

typedef struct PJRT_Client_AddressableDevices_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_Client *client;
    /// Out: the devices that this process may use.
    PJRT_Device *const *addressable_devices;
    size_t num_addressable_devices;
} PJRT_Client_AddressableDevices_Args;

/// A program's text.
typedef struct PJRT_Program {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    /// The caller's, `code_size` bytes.
    char *code;
    size_t code_size;
    /// `mlir` (StableHLO as text or bytecode), `hlo` or `hlo_with_config` (protocol buffers).
    const char *format;
    size_t format_size;
} PJRT_Program;

typedef struct PJRT_Client_Compile_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_Client *client;
    /// Needed during the call only, like the options.
    const PJRT_Program *program;
    /// A serialised `CompileOptionsProto`.
    const char *compile_options;
    size_t compile_options_size;
    /// Out; the caller frees it with `PJRT_LoadedExecutable_Destroy`.
    PJRT_LoadedExecutable *executable;
} PJRT_Client_Compile_Args;

// MARK: Devices

typedef struct PJRT_DeviceDescription_Id_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_DeviceDescription *device_description;
    /// Out: what a device assignment names it by.
    int id;
} PJRT_DeviceDescription_Id_Args;

typedef struct PJRT_DeviceDescription_Kind_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_DeviceDescription *device_description;
    /// Out: the vendor's name of the model.
    const char *device_kind;
    size_t device_kind_size;
} PJRT_DeviceDescription_Kind_Args;

typedef struct PJRT_Device_GetDescription_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_Device *device;
    /// Out.
    PJRT_DeviceDescription *device_description;
} PJRT_Device_GetDescription_Args;

/// All but `device` are out. Only `bytes_in_use` is always there; the others where `..._is_set` says so. A plugin may
/// not have the function at all (`PJRT_Error_Code_UNIMPLEMENTED`).
typedef struct PJRT_Device_MemoryStats_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_Device *device;
    int64_t bytes_in_use;
    int64_t peak_bytes_in_use;
    bool peak_bytes_in_use_is_set;
    int64_t num_allocs;
    bool num_allocs_is_set;
    int64_t largest_alloc_size;
    bool largest_alloc_size_is_set;
    /// What may be allocated together.
    int64_t bytes_limit;
    bool bytes_limit_is_set;
    int64_t bytes_reserved;
    bool bytes_reserved_is_set;
    int64_t peak_bytes_reserved;
    bool peak_bytes_reserved_is_set;
    int64_t bytes_reservable_limit;
    bool bytes_reservable_limit_is_set;
    int64_t largest_free_block_bytes;
    bool largest_free_block_bytes_is_set;
    /// What the allocator holds, in use or not.
    int64_t pool_bytes;
    bool pool_bytes_is_set;
    int64_t peak_pool_bytes;
    bool peak_pool_bytes_is_set;
} PJRT_Device_MemoryStats_Args;

// MARK: Buffers

typedef enum {
    PJRT_Buffer_Type_INVALID = 0,
    /// One byte: 0 or 1.
    PJRT_Buffer_Type_PRED = 1,
    PJRT_Buffer_Type_S8 = 2,
    PJRT_Buffer_Type_S16 = 3,
    PJRT_Buffer_Type_S32 = 4,
    PJRT_Buffer_Type_S64 = 5,
    PJRT_Buffer_Type_U8 = 6,
    PJRT_Buffer_Type_U16 = 7,
    PJRT_Buffer_Type_U32 = 8,
    PJRT_Buffer_Type_U64 = 9,
    PJRT_Buffer_Type_F16 = 10,
    PJRT_Buffer_Type_F32 = 11,
    PJRT_Buffer_Type_F64 = 12,
    PJRT_Buffer_Type_BF16 = 13,
} PJRT_Buffer_Type;

/// How long the plugin may read the caller's memory.
typedef enum {
    /// During the call: the plugin copies.
    PJRT_HostBufferSemantics_kImmutableOnlyDuringCall = 0,
    /// Until `done_with_host_buffer` is ready; nobody writes it before.
    PJRT_HostBufferSemantics_kImmutableUntilTransferCompletes = 1,
    /// As long as the buffer lives, which may be that memory itself.
    PJRT_HostBufferSemantics_kImmutableZeroCopy = 2,
    /// The same, and the plugin may write it.
    PJRT_HostBufferSemantics_kMutableZeroCopy = 3,
} PJRT_HostBufferSemantics;

typedef enum {
    PJRT_Buffer_MemoryLayout_Type_Tiled = 0,
    PJRT_Buffer_MemoryLayout_Type_Strides = 1,
} PJRT_Buffer_MemoryLayout_Type;

typedef struct PJRT_Buffer_MemoryLayout_Tiled {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    /// The axes, fastest varying first: `[rank - 1, ..., 0]` is row-major.
    const int64_t *minor_to_major;
    size_t minor_to_major_size;
    /// `num_tiles` tiles, one after another; none for a plain layout.
    const int64_t *tile_dims;
    const size_t *tile_dim_sizes;
    size_t num_tiles;
} PJRT_Buffer_MemoryLayout_Tiled;

typedef struct PJRT_Buffer_MemoryLayout_Strides {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    /// Bytes from one element to the next, by axis.
    const int64_t *byte_strides;
    size_t num_byte_strides;
} PJRT_Buffer_MemoryLayout_Strides;

typedef struct PJRT_Buffer_MemoryLayout {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    union {
        PJRT_Buffer_MemoryLayout_Tiled tiled;
        PJRT_Buffer_MemoryLayout_Strides strides;
    };
    /// Which of the two holds.
    PJRT_Buffer_MemoryLayout_Type type;
} PJRT_Buffer_MemoryLayout;

/// Copies an array to a device; returns before the copy has ended.
typedef struct PJRT_Client_BufferFromHostBuffer_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_Client *client;
    const void *data;
    PJRT_Buffer_Type type;
    /// The array's shape; needed during the call only.
    const int64_t *dims;
    size_t num_dims;
    /// None: `data` is row-major without gaps.
    const int64_t *byte_strides;
    size_t num_byte_strides;
    PJRT_HostBufferSemantics host_buffer_semantics;
    PJRT_Device *device;
    /// Null: the device's own memory.
    PJRT_Memory *memory;
    /// Null: row-major, as far as the device has a say.
    PJRT_Buffer_MemoryLayout *device_layout;
    /// Out: ready when `data` may be freed or written again. The caller frees it with `PJRT_Event_Destroy`.
    PJRT_Event *done_with_host_buffer;
    /// Out; the caller frees it with `PJRT_Buffer_Destroy`.
    PJRT_Buffer *buffer;
} PJRT_Client_BufferFromHostBuffer_Args;

/// Frees the handle, and the memory once no running work needs it. To be called for a donated buffer too.
typedef struct PJRT_Buffer_Destroy_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_Buffer *buffer;
} PJRT_Buffer_Destroy_Args;

/// Copies an array to the host; returns before the copy has ended.
typedef struct PJRT_Buffer_ToHostBuffer_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_Buffer *src;
    /// Null: as it lies on the device, which need not be row-major. Needed during the call only.
    PJRT_Buffer_MemoryLayout *host_layout;
    /// The caller's memory, until the event is ready. Null: the call only sets `dst_size`.
    void *dst;
    size_t dst_size;
    /// Out, ready when the copy has ended; the caller frees it with `PJRT_Event_Destroy`.
    PJRT_Event *event;
} PJRT_Buffer_ToHostBuffer_Args;

typedef struct PJRT_Buffer_IsDeleted_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_Buffer *buffer;
    /// Out: also true once the buffer was donated to an execution.
    bool is_deleted;
} PJRT_Buffer_IsDeleted_Args;

// MARK: Compiled programs

typedef struct PJRT_Executable_Destroy_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_Executable *executable;
} PJRT_Executable_Destroy_Args;

typedef struct PJRT_Executable_NumOutputs_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_Executable *executable;
    /// Out: results per device.
    size_t num_outputs;
} PJRT_Executable_NumOutputs_Args;

/// What the program needs of each device, and of the host. All but `executable` are out.
typedef struct PJRT_Executable_GetCompiledMemoryStats_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_Executable *executable;
    int64_t generated_code_size_in_bytes;
    int64_t argument_size_in_bytes;
    int64_t output_size_in_bytes;
    /// How much of the output lies where donated arguments were.
    int64_t alias_size_in_bytes;
    int64_t temp_size_in_bytes;
    int64_t host_generated_code_size_in_bytes;
    int64_t host_argument_size_in_bytes;
    int64_t host_output_size_in_bytes;
    int64_t host_alias_size_in_bytes;
    int64_t host_temp_size_in_bytes;
    int64_t peak_memory_in_bytes;
    int64_t total_size_in_bytes;
} PJRT_Executable_GetCompiledMemoryStats_Args;

/// To be called twice: with a null `program->code` it sets `program->code_size`, with room for so many bytes it fills
/// them. It sets the format, whose string stays the plugin's.
typedef struct PJRT_Executable_OptimizedProgram_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_Executable *executable;
    PJRT_Program *program;
} PJRT_Executable_OptimizedProgram_Args;

typedef struct PJRT_Executable_Serialize_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    const PJRT_Executable *executable;
    /// Out; lives until the deleter is called.
    const char *serialized_bytes;
    size_t serialized_bytes_size;
    /// Out; the caller calls the deleter with it, once.
    PJRT_SerializedExecutable *serialized_executable;
    void (*serialized_executable_deleter)(PJRT_SerializedExecutable *exec);
} PJRT_Executable_Serialize_Args;

/// Only for bytes of the same plugin, of the same version, for the same kind of device.
typedef struct PJRT_Executable_DeserializeAndLoad_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_Client *client;
    /// Needed during the call only.
    const char *serialized_executable;
    size_t serialized_executable_size;
    /// Out; the caller frees it with `PJRT_LoadedExecutable_Destroy`.
    PJRT_LoadedExecutable *loaded_executable;
    /// A serialised `CompileOptionsProto`, or null: the options that it was compiled with.
    const char *overridden_serialized_compile_options;
    size_t overridden_serialized_compile_options_size;
} PJRT_Executable_DeserializeAndLoad_Args;

typedef struct PJRT_LoadedExecutable_Destroy_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_LoadedExecutable *executable;
} PJRT_LoadedExecutable_Destroy_Args;

typedef struct PJRT_LoadedExecutable_GetExecutable_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_LoadedExecutable *loaded_executable;
    /// Out; the caller frees it with `PJRT_Executable_Destroy`.
    PJRT_Executable *executable;
} PJRT_LoadedExecutable_GetExecutable_Args;

typedef struct PJRT_ExecuteOptions {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    /// Callbacks of programs that talk with the host while they run; none of ours does.
    void **send_callbacks;
    void **recv_callbacks;
    size_t num_send_ops;
    size_t num_recv_ops;
    /// Not 0: the same for all devices of one execution, to find out-of-order launches.
    int launch_id;
    /// Arguments that stay valid though the program would take them over.
    const int64_t *non_donatable_input_indices;
    size_t num_non_donatable_input_indices;
    PJRT_ExecuteContext *context;
    /// Where the caller's source called, for messages; ends with a zero. May be null.
    const char *call_location;
    /// Of executions over several machines.
    size_t num_tasks;
    int *task_ids;
    int64_t *incarnation_ids;
} PJRT_ExecuteOptions;

/// Starts a program on its devices; returns before it has ended.
typedef struct PJRT_LoadedExecutable_Execute_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_LoadedExecutable *executable;
    /// Needed during the call only.
    PJRT_ExecuteOptions *options;
    /// `[num_devices][num_args]`.
    PJRT_Buffer *const *const *argument_lists;
    size_t num_devices;
    size_t num_args;
    /// `[num_devices][outputs]`, both lists the caller's. The buffers are out; the caller frees each with
    /// `PJRT_Buffer_Destroy`.
    PJRT_Buffer **const *output_lists;
    /// Null, or room for `num_devices` events: out, each ready when its device has ended. The caller frees them. Not
    /// filled when the call fails.
    PJRT_Event **device_complete_events;
    /// Null: the devices that the program was compiled for.
    PJRT_Device *execute_device;
} PJRT_LoadedExecutable_Execute_Args;

// MARK: Compiling for devices that are not here

typedef struct PJRT_TopologyDescription_Create_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    /// All needed during the call only.
    const char *topology_name;
    size_t topology_name_size;
    const PJRT_NamedValue *create_options;
    size_t num_options;
    /// Out; the caller frees it with `PJRT_TopologyDescription_Destroy`.
    PJRT_TopologyDescription *topology;
} PJRT_TopologyDescription_Create_Args;

typedef struct PJRT_TopologyDescription_Destroy_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_TopologyDescription *topology;
} PJRT_TopologyDescription_Destroy_Args;

typedef struct PJRT_Compile_Args {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    const PJRT_TopologyDescription *topology;
    /// Needed during the call only, like the options.
    const PJRT_Program *program;
    /// A serialised `CompileOptionsProto`.
    const char *compile_options;
    size_t compile_options_size;
    /// May be null.
    PJRT_Client *client;
    /// Out; the caller frees it with `PJRT_Executable_Destroy`.
    PJRT_Executable *executable;
} PJRT_Compile_Args;

// MARK: The table of functions

/// What `GetPjrtApi` returns; it is the plugin's and never freed.
///
/// Functions that we do not use are room only, so that ours are at their true places. The real table goes on after the
/// last one here, and `struct_size` says how far this plugin's goes: look before reading a place. A function that a
/// plugin does not have may also be null.
typedef struct PJRT_Api {
    size_t struct_size;
    PJRT_Extension_Base *extension_start;
    PJRT_Api_Version pjrt_api_version;

    void (*PJRT_Error_Destroy)(PJRT_Error_Destroy_Args *);
    void (*PJRT_Error_Message)(PJRT_Error_Message_Args *);
    PJRT_Error *(*PJRT_Error_GetCode)(PJRT_Error_GetCode_Args *);

    PJRT_Error *(*PJRT_Plugin_Initialize)(PJRT_Plugin_Initialize_Args *);
    void *unused_1[1];

    PJRT_Error *(*PJRT_Event_Destroy)(PJRT_Event_Destroy_Args *);
    PJRT_Error *(*PJRT_Event_IsReady)(PJRT_Event_IsReady_Args *);
    void *unused_2[1];
    PJRT_Error *(*PJRT_Event_Await)(PJRT_Event_Await_Args *);
    void *unused_3[1];

    PJRT_Error *(*PJRT_Client_Create)(PJRT_Client_Create_Args *);
    PJRT_Error *(*PJRT_Client_Destroy)(PJRT_Client_Destroy_Args *);
    PJRT_Error *(*PJRT_Client_PlatformName)(PJRT_Client_PlatformName_Args *);
    void *unused_4[1];
    PJRT_Error *(*PJRT_Client_PlatformVersion)(PJRT_Client_PlatformVersion_Args *);
    void *unused_5[1];
    PJRT_Error *(*PJRT_Client_AddressableDevices)(PJRT_Client_AddressableDevices_Args *);
    void *unused_6[3];
    PJRT_Error *(*PJRT_Client_Compile)(PJRT_Client_Compile_Args *);
    void *unused_7[1];
    PJRT_Error *(*PJRT_Client_BufferFromHostBuffer)(PJRT_Client_BufferFromHostBuffer_Args *);

    PJRT_Error *(*PJRT_DeviceDescription_Id)(PJRT_DeviceDescription_Id_Args *);
    void *unused_8[2];
    PJRT_Error *(*PJRT_DeviceDescription_Kind)(PJRT_DeviceDescription_Kind_Args *);
    void *unused_9[2];

    PJRT_Error *(*PJRT_Device_GetDescription)(PJRT_Device_GetDescription_Args *);
    void *unused_10[4];
    PJRT_Error *(*PJRT_Device_MemoryStats)(PJRT_Device_MemoryStats_Args *);
    void *unused_11[5];

    PJRT_Error *(*PJRT_Executable_Destroy)(PJRT_Executable_Destroy_Args *);
    void *unused_12[3];
    PJRT_Error *(*PJRT_Executable_NumOutputs)(PJRT_Executable_NumOutputs_Args *);
    void *unused_13[3];
    PJRT_Error *(*PJRT_Executable_OptimizedProgram)(PJRT_Executable_OptimizedProgram_Args *);
    PJRT_Error *(*PJRT_Executable_Serialize)(PJRT_Executable_Serialize_Args *);

    PJRT_Error *(*PJRT_LoadedExecutable_Destroy)(PJRT_LoadedExecutable_Destroy_Args *);
    PJRT_Error *(*PJRT_LoadedExecutable_GetExecutable)(PJRT_LoadedExecutable_GetExecutable_Args *);
    void *unused_14[3];
    PJRT_Error *(*PJRT_LoadedExecutable_Execute)(PJRT_LoadedExecutable_Execute_Args *);
    PJRT_Error *(*PJRT_Executable_DeserializeAndLoad)(PJRT_Executable_DeserializeAndLoad_Args *);
    void *unused_15[1];

    PJRT_Error *(*PJRT_Buffer_Destroy)(PJRT_Buffer_Destroy_Args *);
    void *unused_16[9];
    PJRT_Error *(*PJRT_Buffer_IsDeleted)(PJRT_Buffer_IsDeleted_Args *);
    void *unused_17[1];
    PJRT_Error *(*PJRT_Buffer_ToHostBuffer)(PJRT_Buffer_ToHostBuffer_Args *);
    void *unused_18[11];

    PJRT_Error *(*PJRT_TopologyDescription_Create)(PJRT_TopologyDescription_Create_Args *);
    PJRT_Error *(*PJRT_TopologyDescription_Destroy)(PJRT_TopologyDescription_Destroy_Args *);
    void *unused_19[5];

    PJRT_Error *(*PJRT_Compile)(PJRT_Compile_Args *);
    void *unused_20[6];

    PJRT_Error *(*PJRT_Executable_GetCompiledMemoryStats)(PJRT_Executable_GetCompiledMemoryStats_Args *);
} PJRT_Api;
