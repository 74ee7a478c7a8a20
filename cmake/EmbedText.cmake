# cmake -D PATH=… -D NAME=… -D HEADER=… -D GENERATED=… -P EmbedText.cmake, from the top folder
# Writes PATH as a C string, one line a line.
file(READ "${PATH}" text)
string(REPLACE "\\" "\\\\" text "${text}")
string(REPLACE "\"" "\\\"" text "${text}")
string(REPLACE "\n" "\\n\"\n    \"" text "${text}")
file(WRITE "${GENERATED}" "/* Made from ${PATH}. */
#include \"${HEADER}\"

const char ${NAME}[] =
    \"${text}\";
const size_t ${NAME}_size = sizeof(${NAME}) - 1;
")
