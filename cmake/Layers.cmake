# A layer is a folder that becomes a static library, linking only what lies below it.
add_library(livegate_options INTERFACE)
target_compile_definitions(livegate_options INTERFACE _GNU_SOURCE)
target_include_directories(livegate_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(livegate_options INTERFACE -Wall -Wextra -Wshadow -Wstrict-prototypes
  -Wmissing-prototypes -Wold-style-definition -Wvla -Wformat=2 -Wundef -Wpointer-arith -Wcast-qual
  -Wwrite-strings -Wconversion)

function(livegate_layer name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${name}/*.c)
  list(REMOVE_ITEM sources ${CMAKE_SOURCE_DIR}/${name}/main.c)
  if(NOT sources)
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE livegate_options ${ARGN})
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC livegate_options ${ARGN})
endfunction()

function(livegate_program name main)
  if(EXISTS ${CMAKE_SOURCE_DIR}/${main})
    add_executable(${name} ${main})
    target_link_libraries(${name} PRIVATE ${ARGN})
  endif()
endfunction()
