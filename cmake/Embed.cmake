# livegate_embed(LAYER FOLDER/NAME.EXT): puts a text file into the layer as `NAME_EXT` and
# `NAME_EXT_size`, which LAYER/FOLDER.h declares.
function(livegate_embed layer path)
  set(source ${CMAKE_SOURCE_DIR}/${layer}/${path})
  if(NOT EXISTS ${source})
    return()
  endif()
  get_filename_component(file ${path} NAME)
  get_filename_component(folder ${path} DIRECTORY)
  string(MAKE_C_IDENTIFIER ${file} name)
  set(generated ${CMAKE_BINARY_DIR}/${name}.c)
  set(script ${CMAKE_SOURCE_DIR}/cmake/EmbedText.cmake)
  add_custom_command(OUTPUT ${generated} DEPENDS ${source} ${script}
    COMMAND ${CMAKE_COMMAND} -D PATH=${layer}/${path} -D NAME=${name} -D HEADER=${layer}/${folder}.h
      -D GENERATED=${generated} -P ${script}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  target_sources(${layer} PRIVATE ${generated})
endfunction()
