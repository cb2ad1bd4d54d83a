# spacing.awk: awk -f spacing.awk FILE FORMATTED
#
# Compares a source with what clang-format makes of it, token by token: is
# there white space between two tokens in one of them and none in the other?
# Where either breaks the line, and how wide the white space is, is left to
# people: clang-format 14 knows neither nginx's parameter lists, nor its tables
# aligned in columns, nor the two blanks after a macro's name.

FNR == NR { old = old $0 "\n"; file = FILENAME; next }
{ new = new $0 "\n" }

END {
    i = 1
    j = 1
    line = 1

    while (i <= length(old) && j <= length(new)) {
        blank_old = 0
        blank_new = 0
        broken = 0

        while ((c = substr(old, i, 1)) == " " || c == "\n" || c == "\\") {
            if (c == "\\" && substr(old, i + 1, 1) != "\n") {
                break
            }

            if (c == "\n") {
                broken = 1
                line++
            }

            blank_old = 1
            i++
        }

        while ((c = substr(new, j, 1)) == " " || c == "\n" || c == "\\") {
            if (c == "\\" && substr(new, j + 1, 1) != "\n") {
                break
            }

            if (c == "\n") {
                broken = 1
            }

            blank_new = 1
            j++
        }

        if (blank_old != blank_new && !broken && line != told \
            && !allowed(text_of_line(line)))
        {
            told = line
            printf "%s:%d: %s: %s\n", file, line, \
                blank_old ? "a blank too much" : "a blank is missing", \
                text_of_line(line)
            bad = 1
        }

        if (substr(old, i, 1) != substr(new, j, 1)) {
            printf "%s:%d: clang-format changes more than blanks: %s\n", \
                file, line, text_of_line(line)
            exit 1
        }

        i++
        j++
    }

    exit bad
}

# nginx's own: an empty part of a for, options joined in a table.  clang-format
# does not know where a macro's name or a constraint of asm ends.
function allowed(text) {
    return text ~ /for \( (\/\* void \*\/ )?;/ || text ~ /; \) \{$/ \
        || text ~ /NGX_[A-Z0-9_]+\|/ || text ~ /^#define / \
        || text ~ /\\$/ || text ~ /^ *: "[+=]?r" \(/
}

function text_of_line(number,    lines) {
    split(old, lines, "\n")
    return lines[number]
}
