# The libraries livegate stands on, each as one imported target.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# script/bootstrap builds libwebsockets into .deps; an installed 4.3.5 or newer with libevent does as well.
list(PREPEND CMAKE_PREFIX_PATH "${CMAKE_SOURCE_DIR}/.deps")

pkg_check_modules(libevent REQUIRED IMPORTED_TARGET libevent>=2.1.12)
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis>=0.14)
pkg_search_module(msgpack_c REQUIRED IMPORTED_TARGET msgpack-c msgpack)
pkg_check_modules(openssl REQUIRED IMPORTED_TARGET openssl>=3.0)
pkg_check_modules(libwebsockets IMPORTED_TARGET libwebsockets>=4.3.5)

foreach(name libevent hiredis msgpack_c openssl libwebsockets)
  if(TARGET PkgConfig::${name})
    add_library(${name} ALIAS PkgConfig::${name})
  endif()
endforeach()
