# livegate_embed(LAYER NAME FOLDER/FILE...): puts text files into the layer, one behind the other, as
# `NAME` and `NAME_size`, which LAYER/FOLDER.h declares.
function(livegate_embed layer name)
  list(GET ARGN 0 first)
  get_filename_component(folder ${first} DIRECTORY)
  set(generated ${CMAKE_BINARY_DIR}/${name}.c)
  set(script ${CMAKE_SOURCE_DIR}/cmake/EmbedText.cmake)
  list(TRANSFORM ARGN PREPEND ${CMAKE_SOURCE_DIR}/${layer}/ OUTPUT_VARIABLE sources)
  string(REPLACE ";" "," paths "${ARGN}")
  add_custom_command(OUTPUT ${generated} DEPENDS ${sources} ${script}
    COMMAND ${CMAKE_COMMAND} -D LAYER=${layer} -D PATHS=${paths} -D NAME=${name}
      -D HEADER=${layer}/${folder}.h -D GENERATED=${generated} -P ${script}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  target_sources(${layer} PRIVATE ${generated})
endfunction()
