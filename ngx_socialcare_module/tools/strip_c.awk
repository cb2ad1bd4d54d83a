# strip_c.awk: a C source without comments and without the content of its
# strings and characters, line by line, so that a search finds code only.
# The file name of an #include is kept.

{
    out = ""
    n = length($0)

    if (!comment && $0 ~ /^[ \t]*#[ \t]*include/) {
        sub(/\/\*.*$/, "")
        print
        next
    }

    for (i = 1; i <= n; i++) {
        c = substr($0, i, 1)
        two = substr($0, i, 2)

        if (comment) {
            if (two == "*/") {
                comment = 0
                out = out " "
                i++
            }

        } else if (quote != "") {
            if (c == "\\") {
                i++

            } else if (c == quote) {
                quote = ""
                out = out c
            }

        } else if (two == "/*") {
            comment = 1
            i++

        } else if (c == "\"" || c == "'") {
            quote = c
            out = out c

        } else {
            out = out c
        }
    }

    # A string may continue after a backslash; anything else is a stray quote.
    if (quote != "" && substr($0, n, 1) != "\\") {
        quote = ""
    }

    print out
}
