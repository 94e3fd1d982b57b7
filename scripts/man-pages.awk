# SPDX-License-Identifier: MIT
# One public header into one manual page in mdoc(7); see scripts/man-pages.
# A header has a comment about the object, and before each declaration a
# comment with text, @param and @return. A line after these that is not
# indented is text again.

# Print a line in pieces of at most 78 characters.
function print_wrapped(line,    word, count, i, piece) {
	count = split(line, word, " ")
	piece = ""
	for (i = 1; i <= count; i++) {
		if (piece != "" && length(piece) + length(word[i]) > 77) {
			print piece
			piece = ""
		}
		# at the start of a line these would be a request
		if (piece == "")
			sub(/^[.']/, "\\\\\\&&", word[i])
		piece = piece (piece == "" ? "" : " ") word[i]
	}
	print piece
}

# Print text as mdoc: a sentence a line, names of functions in bold.
function prose(text,    parts, count, i) {
	gsub(/[ \t]+/, " ", text)
	sub(/^ /, "", text)
	sub(/ $/, "", text)
	if (text == "")
		return
	gsub(/\\/, "\\e", text)
	gsub(/fork\(\)/, "fork(2)", text)
	gsub(/[A-Za-z0-9_)"][.?!] /, "&\n", text)
	gsub(/[A-Za-z0-9_)"][.?!][)] /, "&\n", text)
	gsub(/ \n/, "\n", text)
	count = split(text, parts, "\n")
	for (i = 1; i <= count; i++) {
		gsub(/ipcm_[a-z_]+[a-z]/, "\\fB&\\fP", parts[i])
		print_wrapped(parts[i])
	}
}

# Print the lines of a comment: paragraphs, "- " lists, indented text as it is.
function paragraphs(lines, count,    i, text, list, literal) {
	text = ""
	list = literal = 0
	for (i = 1; i <= count + 1; i++) {
		line = i <= count ? lines[i] : ""
		if (literal && line !~ /^  /) {
			print ".Ed"
			literal = 0
		}
		if (line ~ /^  / && !list) {
			prose(text)
			text = ""
			if (!literal)
				print ".Bd -literal -offset indent"
			literal = 1
			print substr(line, 3)
		} else if (line ~ /^- /) {
			prose(text)
			if (!list)
				print ".Bl -dash -compact"
			list = 1
			print ".It"
			text = substr(line, 3)
		} else if (line == "") {
			prose(text)
			if (list)
				print ".El"
			else if (text != "" && i < count && lines[i + 1] !~ /^  /)
				print ".Pp"
			list = 0
			text = ""
		} else {
			text = text " " line
		}
	}
}

function add_text(line) {
	doc_text[++doc_lines] = line
}

# Comment text without its stars, into doc_text, doc_param and doc_return.
function take_comment(line) {
	if (line ~ /^@param /) {
		doc_param[++doc_params] = substr(line, 8)
		mode = "param"
	} else if (line ~ /^@return /) {
		doc_return = substr(line, 9)
		mode = "return"
	} else if (line ~ /^   / && mode == "param") {
		doc_param[doc_params] = doc_param[doc_params] " " line
	} else if (line ~ /^   / && mode == "return") {
		doc_return = doc_return " " line
	} else {
		mode = "text"
		add_text(line)
	}
}

function clear_comment() {
	doc_lines = doc_params = 0
	doc_return = ""
	mode = "text"
}

# "a text" or "a, b text": the names, then the text.
function print_param(text,    names) {
	names = ""
	while (match(text, /^[a-z_]+, /)) {
		names = names substr(text, 1, RLENGTH - 2) " , "
		text = substr(text, RLENGTH + 1)
	}
	match(text, /^[a-z_]+/)
	print ".It Fa " names substr(text, 1, RLENGTH)
	prose(substr(text, RLENGTH + 1))
}

# A declaration on one line, without attributes.
function clean(declaration) {
	gsub(/IPCM_API|IPCM_CHECKED|static inline/, "", declaration)
	gsub(/[ \t\n]+/, " ", declaration)
	sub(/^ /, "", declaration)
	sub(/ ?[;{].*$/, "", declaration)
	gsub(/\( /, "(", declaration)
	return declaration
}

# The parameters of a declaration into parameter[]. A pointer to a function
# has commas and brackets of its own. Sets type and name as well.
function take_apart(declaration,    open, i, c, depth, text) {
	match(declaration, /ipcm_[a-z_]+\(/)
	name = substr(declaration, RSTART, RLENGTH - 1)
	type = substr(declaration, 1, RSTART - 1)
	sub(/ $/, "", type)
	text = substr(declaration, RSTART + RLENGTH)
	sub(/\)$/, "", text)
	parameters = depth = 0
	parameter[++parameters] = ""
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		depth += (c == "(") - (c == ")")
		if (c == "," && depth == 0) {
			parameter[++parameters] = ""
			i++ # and the blank after it
		} else {
			parameter[parameters] = parameter[parameters] c
		}
	}
}

function take_function(declaration,    i, key) {
	take_apart(clean(declaration))
	synopsis[++functions] = ".Ft \"" type "\"\n.Fo " name "\n"
	for (i = 1; i <= parameters; i++)
		synopsis[functions] = synopsis[functions] \
			".Fa \"" parameter[i] "\"\n"
	synopsis[functions] = synopsis[functions] ".Fc"
	function_name[functions] = name
	key = functions
	# without a comment: the one before is about this function, too
	documented[key] = doc_lines + doc_params > 0 || doc_return != ""
	text_lines[key] = doc_lines
	for (i = 1; i <= doc_lines; i++)
		text_line[key, i] = doc_text[i]
	param_count[key] = doc_params
	for (i = 1; i <= doc_params; i++)
		param_text[key, i] = doc_param[i]
	return_text[key] = doc_return
	clear_comment()
}

function take_type(declaration,    i) {
	types++
	type_lines[types] = doc_lines
	for (i = 1; i <= doc_lines; i++)
		type_line[types, i] = doc_text[i]
	gsub(/\t/, "    ", declaration)
	gsub(/\\\n/, "\n", declaration) # a macro on several lines
	gsub(/ +\n/, "\n", declaration)
	gsub(/\\/, "\\e", declaration)
	gsub(/\n\./, "\n\\\\\\&.", declaration)
	type_code[types] = declaration
	clear_comment()
}

# The comment of the object: its first sentence names the page.
function take_summary(    i, text, end) {
	text = ""
	for (i = 1; i <= doc_lines && doc_text[i] != ""; i++)
		text = text " " doc_text[i]
	sub(/^ /, "", text)
	end = match(text, /[.:;,] /) ? RSTART - 1 : length(text)
	if (match(substr(text, 1, end), /^[A-Z][A-Za-z]+( and [A-Z][A-Za-z]+)?$/) &&
	    substr(text, end + 1, 1) == ":") {
		# "Lock: mutual exclusion ..."
		summary = substr(text, end + 3)
		end = match(summary, /[.:;,] /) ? RSTART - 1 : length(summary)
		summary = substr(summary, 1, end)
	} else {
		summary = substr(text, 1, end)
	}
	sub(/[.]$/, "", summary)
	for (i = 1; i <= doc_lines; i++)
		about[i] = doc_text[i]
	about_lines = doc_lines
	clear_comment()
}

function strip_star(line) {
	sub(/^[ \t]*\/?\*+ ?/, "", line)
	sub(/ *\*+\/$/, "", line)
	sub(/^\/$/, "", line)
	return line
}

BEGIN {
	clear_comment()
}

FNR == 1 {
	next # the licence
}

in_comment {
	line = $0
	in_comment = line !~ /\*\//
	line = strip_star(line)
	if (line != "" || in_comment)
		take_comment(line)
	if (!in_comment && !about_lines)
		take_summary()
	next
}

declaration != "" {
	declaration = declaration "\n" $0
	if (kind == "function" && /[;{]/) {
		take_function(declaration)
		skipping = /\{/ # the body of an inline function
		declaration = ""
	} else if (kind == "type" && /^\};/) {
		take_type(declaration)
		declaration = ""
	} else if (kind == "macro" && !/\\$/) {
		take_type(declaration)
		declaration = ""
	}
	next
}

skipping {
	skipping = !/^\}/
	next
}

/^\/\*/ {
	clear_comment()
	in_comment = !/\*\//
	line = strip_star($0)
	if (line != "")
		take_comment(line)
	next
}

/^#include "ipcmark\// {
	split($0, part, /[\/.]/)
	see["ipcm_" part[2]] = 1
	next
}

/^(IPCM_API|static inline)/ {
	declaration = $0
	kind = "function"
	if (/[;]/) {
		take_function(declaration)
		declaration = ""
	}
	next
}

/^(struct|enum) [a-z_]+ \{/ {
	declaration = $0
	kind = "type"
	next
}

/^struct [a-z_]+;/ {
	if (doc_lines)
		take_type($0)
	next
}

/^#define IPCM_[A-Z_]+[^_H]/ && !/^#define IPCM(ARK_[A-Z_]*_H|_API|_CHECKED)/ {
	declaration = $0
	kind = "macro"
	if (!/\\$/) {
		# macros side by side share a comment
		if (!doc_lines && types && type_code[types] ~ /^#define/)
			type_code[types] = type_code[types] "\n" $0
		else
			take_type($0)
		declaration = ""
	}
	next
}

END {
	print ".\\\" Generated by scripts/man-pages from ipcmark/" object ".h"
	print ".Dd " date
	print ".Dt IPCM_" toupper(object) " 3"
	print ".Os"
	print ".Sh NAME"
	printf ".Nm ipcm_" object
	for (i = 1; i <= functions; i++)
		if (function_name[i] != "ipcm_" object)
			printf " ,\n.Nm " function_name[i]
	print ""
	print ".Nd " summary
	print ".Sh LIBRARY"
	print "ipcmark"
	print ".Pq Fl lipcmark"
	print ".Sh SYNOPSIS"
	print ".In ipcmark/" object ".h"
	for (i = 1; i <= functions; i++)
		print synopsis[i]
	print ".Sh DESCRIPTION"
	paragraphs(about, about_lines)
	for (i = 1; i <= functions; i++)
		print_function(i)
	print_types()
	print_returns()
	print_example()
	print_see_also()
}

function print_function(key,    i, lines) {
	if (!documented[key])
		return
	print ".Ss " function_name[key] more_names(key)
	for (i = 1; i <= text_lines[key]; i++)
		lines[i] = text_line[key, i]
	paragraphs(lines, text_lines[key])
	if (param_count[key]) {
		print ".Bl -tag -width Ds"
		for (i = 1; i <= param_count[key]; i++)
			print_param(param_text[key, i])
		print ".El"
	}
}

# Names of the functions that share a comment with this one.
function more_names(key,    names) {
	names = ""
	while (++key <= functions && !documented[key])
		names = names ", " function_name[key]
	return names
}

function print_types(    i, j, lines) {
	if (!types)
		return
	print ".Ss Types and constants"
	for (i = 1; i <= types; i++) {
		for (j = 1; j <= type_lines[i]; j++)
			lines[j] = type_line[i, j]
		if (i > 1)
			print ".Pp"
		paragraphs(lines, type_lines[i])
		print ".Bd -literal -offset indent"
		print type_code[i]
		print ".Ed"
	}
}

function print_returns(    i, any) {
	any = 0
	for (i = 1; i <= functions; i++) {
		if (return_text[i] == "")
			continue
		if (!any++) {
			print ".Sh RETURN VALUES"
			print ".Bl -tag -width Ds"
		}
		print ".It Fn " function_name[i]
		prose(return_text[i])
	}
	if (any)
		print ".El"
}

# The program without the line of its licence.
function print_example(    line, first) {
	first = 1
	while ((getline line < example) > 0) {
		if (line ~ /SPDX/)
			continue
		if (first)
			print ".Sh EXAMPLES\n.Bd -literal -offset indent"
		first = 0
		gsub(/\\/, "\\e", line)
		gsub(/\t/, "        ", line)
		sub(/^[.']/, "\\\\\\&&", line)
		print line
	}
	if (!first)
		print ".Ed"
}

function print_see_also(    count, i, j, key, sorted) {
	delete see["ipcm_" object]
	see["ipcmark"] = 1
	count = 0
	for (key in see) {
		for (j = count++; j > 0 && sorted[j] > key; j--)
			sorted[j + 1] = sorted[j]
		sorted[j + 1] = key
	}
	print ".Sh SEE ALSO"
	for (i = 1; i <= count; i++)
		print ".Xr " sorted[i] " 3" (i < count ? " ," : "")
}
