# What every target of ours is compiled with: link it as mockhere_flags.
add_library(mockhere_flags INTERFACE)
target_compile_definitions(mockhere_flags INTERFACE _DEFAULT_SOURCE MOCKHERE_VERSION="${PROJECT_VERSION}")
target_include_directories(mockhere_flags INTERFACE ${PROJECT_SOURCE_DIR}/server ${PROJECT_SOURCE_DIR}/scenarios)
target_compile_options(mockhere_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes
    -Wmissing-prototypes -Wwrite-strings -Wcast-qual -Wpointer-arith -Wvla -Wundef -Wformat=2
    -Wnull-dereference -Wimplicit-fallthrough -Wswitch-enum
    # The ranker's sums are the same on every machine only if nothing is fused.
    -ffp-contract=off)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    target_compile_options(mockhere_flags INTERFACE -Wduplicated-cond -Wlogical-op)
endif()
if(MOCKHERE_WERROR)
    target_compile_options(mockhere_flags INTERFACE -Werror)
endif()
if(MOCKHERE_SANITIZE)
    target_compile_options(mockhere_flags INTERFACE
        -fsanitize=${MOCKHERE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(mockhere_flags INTERFACE -fsanitize=${MOCKHERE_SANITIZE})
endif()
if(MOCKHERE_COVERAGE)
    # Counted by several threads at once, and still right.
    target_compile_options(mockhere_flags INTERFACE --coverage -fprofile-update=atomic)
    target_link_options(mockhere_flags INTERFACE --coverage)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(mockhere_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE)
    target_link_options(mockhere_flags INTERFACE -pie -Wl,-z,relro,-z,now)
endif()
if(MOCKHERE_FUZZ)
    target_compile_options(mockhere_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
