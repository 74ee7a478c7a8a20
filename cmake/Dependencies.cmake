# The libraries livegate stands on, each as one target.
include(CheckCSourceCompiles)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# script/bootstrap builds libwebsockets into .deps.
list(PREPEND CMAKE_PREFIX_PATH "${CMAKE_SOURCE_DIR}/.deps")

pkg_check_modules(libevent REQUIRED IMPORTED_TARGET libevent>=2.1.12 libevent_openssl>=2.1.12)
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis>=0.14)
pkg_search_module(msgpack_c REQUIRED IMPORTED_TARGET msgpack-c msgpack)
pkg_check_modules(openssl REQUIRED IMPORTED_TARGET openssl>=3.0)
pkg_check_modules(libwebsockets REQUIRED IMPORTED_TARGET libwebsockets>=4.3.5)

foreach(name libevent hiredis msgpack_c openssl libwebsockets)
  add_library(${name} ALIAS PkgConfig::${name})
endforeach()

# With libevent compiled in, not a plugin, and with our patches.
set(CMAKE_REQUIRED_LIBRARIES PkgConfig::libwebsockets)
set(CMAKE_REQUIRED_DEFINITIONS -D_GNU_SOURCE)
check_c_source_compiles("
  #include <libwebsockets.h>
  #if !defined(LWS_WITH_LIBEVENT) || defined(LWS_WITH_EVLIB_PLUGINS)
  #error
  #endif
  int main(void) { return lws_adopt_ws_vhost(NULL, -1, NULL, NULL, 0) != NULL; }" LIBWEBSOCKETS_IS_OURS)
unset(CMAKE_REQUIRED_LIBRARIES)
unset(CMAKE_REQUIRED_DEFINITIONS)
if(NOT LIBWEBSOCKETS_IS_OURS)
  message(FATAL_ERROR "libwebsockets lacks libevent or our patches: run script/bootstrap")
endif()
