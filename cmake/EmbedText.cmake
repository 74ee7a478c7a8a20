# cmake -D LAYER=… -D PATHS=a,b -D NAME=… -D HEADER=… -D GENERATED=… -P EmbedText.cmake, from the
# top folder.  Writes the texts as one C string, one line a line.
string(REPLACE "," ";" paths "${PATHS}")
foreach(path ${paths})
  file(READ "${LAYER}/${path}" one)
  string(APPEND text "${one}")
endforeach()
string(REPLACE "\\" "\\\\" text "${text}")
string(REPLACE "\"" "\\\"" text "${text}")
string(REPLACE "\n" "\\n\"\n    \"" text "${text}")
file(WRITE "${GENERATED}" "/* Made from ${PATHS}. */
#include \"${HEADER}\"

const char ${NAME}[] =
    \"${text}\";
const size_t ${NAME}_size = sizeof(${NAME}) - 1;
")
