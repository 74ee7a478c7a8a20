# What every file of livegate is compiled with.
include(CheckPIESupported)
check_pie_supported()

add_library(livegate_options INTERFACE)
target_include_directories(livegate_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_definitions(livegate_options INTERFACE
  _GNU_SOURCE LIVEGATE_VERSION="${PROJECT_VERSION}")
target_compile_options(livegate_options INTERFACE -Wall -Wextra -Wshadow -Wstrict-prototypes
  -Wmissing-prototypes -Wold-style-definition -Wvla -Wformat=2 -Wundef -Wpointer-arith -Wcast-qual
  -Wwrite-strings -Wconversion)

if(LIVEGATE_HARDENING)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  target_compile_definitions(livegate_options INTERFACE _FORTIFY_SOURCE=3)
  target_compile_options(livegate_options INTERFACE -fstack-protector-strong
    -fstack-clash-protection)
  target_link_options(livegate_options INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
