/*
 * regex.c - regexp_replace of whole texts by patterns that can be followed byte by byte.
 *
 * A pattern begins with ^ and ends with $.  Between them are characters, classes and .
 * with *, + or ?, (?:characters)?, and captures of those.  Each byte of the text has to
 * say how to go on: then there is one way to match at most, and PostgreSQL finds it.  One
 * choice is allowed: of (?:characters)? before a capture, which is longest if it is
 * taken, as it then is if the rest matches.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "fmgr.h"
#include "utils/memutils.h"

#include "src/expr/text/characters.h"
#include "src/expr/text/regex.h"

#define STEPS_MAX 64
#define CAPTURES_MAX 9
#define HIGH_BIT 0x80

typedef enum StepKind
{
	STEP_LITERAL,  /* bytes */
	STEP_OPTIONAL, /* bytes, or nothing */
	STEP_ONE,	   /* a byte of the set */
	STEP_RUN,	   /* as many as there are, at least min */
	STEP_BEGIN,	   /* of a capture */
	STEP_END
} StepKind;

typedef struct Step
{
	StepKind kind;
	ColText bytes;
	int min;
	bool set[256];
	bool is_any; /* all bytes are in the set */
	bool is_choice;
} Step;

/* A part of the replacement: bytes, or what capture has; 0: the whole text. */
typedef struct Piece
{
	int capture; /* -1: bytes */
	ColText bytes;
} Piece;

struct ColRegex
{
	int n_steps;
	Step steps[STEPS_MAX];
	int n_captures;
	int n_pieces;
	Piece *pieces;
};

typedef struct Span
{
	uint32 begin;
	uint32 end;
} Span;

/* ---- reading a pattern ---- */

typedef struct Reader
{
	ColRegex *regex;
	ColText text;
	uint32 at;
} Reader;

static inline uint8
peek(const Reader *reader, uint32 ahead)
{
	return reader->at + ahead < reader->text.n_bytes
			   ? reader->text.bytes[reader->at + ahead]
			   : '\0';
}

static Step *
add_step(Reader *reader, StepKind kind)
{
	Step *step;

	if (reader->regex->n_steps == STEPS_MAX)
		return NULL;
	step = &reader->regex->steps[reader->regex->n_steps++];
	step->kind = kind;
	return step;
}

/* A character that stands for itself, perhaps escaped; false: another one. */
static bool
read_byte(Reader *reader, uint8 *byte)
{
	*byte = peek(reader, 0);
	if (*byte == '\0')
		return false;
	if (*byte == '\\')
	{
		*byte = peek(reader, 1);
		if (*byte <= ' ' || *byte >= HIGH_BIT || isalnum(*byte))
			return false;
		reader->at += 2;
		return true;
	}
	if (strchr("()[]{}|^$*+?.", *byte) != NULL)
		return false;
	reader->at++;
	return true;
}

/* A class of ASCII characters, or of all but those. */
static bool
read_class(Reader *reader, bool *set)
{
	bool negated = peek(reader, 1) == '^';
	bool empty = true;

	reader->at += negated ? 2 : 1;
	for (;; empty = false)
	{
		uint8 first = peek(reader, 0);
		uint8 last = first;

		if (first == ']' && !empty)
			break;
		if (first < ' ' || first >= HIGH_BIT || strchr("[]\\-", first))
			return false;
		reader->at++;
		if (peek(reader, 0) == '-')
		{
			last = peek(reader, 1);
			if (last < first || last >= HIGH_BIT || strchr("[]\\-", last))
				return false;
			reader->at += 2;
		}
		for (int byte = first; byte <= last; byte++)
			set[byte] = true;
	}
	reader->at++;
	/* bytes of other characters, too */
	for (int byte = 1; negated && byte < 256; byte++)
		set[byte] = !set[byte];
	return true;
}

/* (?:characters), perhaps with ? */
static bool
read_group(Reader *reader)
{
	Step *step = add_step(reader, STEP_LITERAL);
	uint8 *bytes = palloc(reader->text.n_bytes);

	if (step == NULL)
		return false;
	step->bytes.bytes = bytes;
	for (reader->at += 3; peek(reader, 0) != ')'; step->bytes.n_bytes++)
	{
		if (!read_byte(reader, &bytes[step->bytes.n_bytes]))
			return false;
	}
	reader->at++;
	if (peek(reader, 0) == '?' && step->bytes.n_bytes > 0)
	{
		step->kind = STEP_OPTIONAL;
		reader->at++;
	}
	return true;
}

/* A character, class or . with what says how often. */
static bool
read_atom(Reader *reader)
{
	bool set[256] = {false};
	uint8 byte = peek(reader, 0);
	bool is_byte = byte != '[' && byte != '.';
	Step *step;

	if (byte == '.')
	{
		memset(set + 1, true, 255);
		reader->at++;
	}
	else if (byte == '[')
	{
		if (!read_class(reader, set))
			return false;
	}
	else
	{
		if (!read_byte(reader, &byte))
			return false;
		set[byte] = true;
	}
	step = add_step(reader, is_byte ? STEP_LITERAL : STEP_ONE);
	if (step == NULL)
		return false;
	memcpy(step->set, set, sizeof(set));
	step->is_any = !is_byte && memchr(set + 1, false, 255) == NULL;
	if (is_byte)
	{
		uint8 *one = palloc(1);

		*one = byte;
		step->bytes = (ColText){one, 1};
	}
	switch (peek(reader, 0))
	{
		case '*':
		case '+':
			step->kind = STEP_RUN;
			step->min = peek(reader, 0) == '+';
			break;
		case '?':
			if (!is_byte)
				return false;
			step->kind = STEP_OPTIONAL;
			break;
		default:
			/* one byte is not always one character */
			return is_byte || !set[HIGH_BIT];
	}
	reader->at++;
	/* of the last byte of a character it would not be */
	return !is_byte || byte < HIGH_BIT;
}

static bool
read_pattern(Reader *reader)
{
	bool in_capture = false;

	if (peek(reader, 0) != '^')
		return false;
	for (reader->at = 1; peek(reader, 0) != '$';)
	{
		uint8 byte = peek(reader, 0);

		if (byte == '(' && peek(reader, 1) == '?')
		{
			if (peek(reader, 2) != ':' || !read_group(reader))
				return false;
		}
		else if (byte == '(' || byte == ')')
		{
			if (in_capture != (byte == ')') ||
				add_step(reader, in_capture ? STEP_END : STEP_BEGIN) == NULL)
				return false;
			in_capture = !in_capture;
			reader->regex->n_captures += in_capture;
			reader->at++;
			if (byte == '(' && peek(reader, 0) == ')')
				return false;
		}
		else if (!read_atom(reader))
			return false;
		/* how often is said once, and not of captures */
		if (peek(reader, 0) != '\0' && strchr("*+?{", peek(reader, 0)))
			return false;
	}
	return !in_capture && reader->at + 1 == reader->text.n_bytes &&
		   reader->regex->n_captures <= CAPTURES_MAX;
}

/* ---- is there one way only? ---- */

/* Can what follows a step begin with a byte of the set? */
static bool
can_follow(const ColRegex *regex, int after, const bool *set)
{
	for (int i = after + 1; i < regex->n_steps; i++)
	{
		const Step *step = &regex->steps[i];

		switch (step->kind)
		{
			case STEP_LITERAL:
				if (step->bytes.n_bytes == 0)
					break;
				return set[step->bytes.bytes[0]];
			case STEP_OPTIONAL:
				if (set[step->bytes.bytes[0]])
					return true;
				break;
			case STEP_ONE:
			case STEP_RUN:
				for (int byte = 0; byte < 256; byte++)
				{
					if (set[byte] && step->set[byte])
						return true;
				}
				if (step->kind == STEP_ONE || step->min > 0)
					return false;
				break;
			default:
				break;
		}
	}
	return false;
}

static bool
has_one_way(ColRegex *regex)
{
	int n_choices = 0;

	for (int i = 0; i < regex->n_steps; i++)
	{
		Step *step = &regex->steps[i];
		bool first[256] = {false};

		if (step->kind == STEP_RUN && can_follow(regex, i, step->set))
			return false;
		if (step->kind != STEP_OPTIONAL)
			continue;
		first[step->bytes.bytes[0]] = true;
		if (!can_follow(regex, i, first))
			continue;
		step->is_choice = true;
		if (++n_choices > 1 || regex->steps[i + 1].kind != STEP_BEGIN)
			return false;
	}
	return true;
}

/* ---- the replacement ---- */

static void
add_piece(ColRegex *regex, int capture, const uint8 *bytes, uint32 n_bytes)
{
	regex->pieces[regex->n_pieces++] =
		(Piece){capture, (ColText){bytes, n_bytes}};
}

static void
read_replacement(ColRegex *regex, ColText text)
{
	regex->pieces = palloc((text.n_bytes + 1) * sizeof(Piece));
	for (uint32 i = 0; i < text.n_bytes; i++)
	{
		uint8 next = i + 1 < text.n_bytes ? text.bytes[i + 1] : '\0';

		if (text.bytes[i] != '\\')
			add_piece(regex, -1, text.bytes + i, 1);
		else if (next == '&' || (next >= '1' && next <= '9'))
		{
			add_piece(regex, next == '&' ? 0 : next - '0', NULL, 0);
			i++;
		}
		else
		{
			add_piece(regex, -1, text.bytes + i, 1);
			i += next == '\\';
		}
	}
}

static ColText
text_of_datum(Datum datum)
{
	struct varlena *plain =
		pg_detoast_datum_packed((struct varlena *) DatumGetPointer(datum));

	return (ColText){(const uint8 *) VARDATA_ANY(plain),
					 VARSIZE_ANY_EXHDR(plain)};
}

ColRegex *
col_regex_compile(Datum pattern, Datum replacement)
{
	ColRegex *regex = palloc0(sizeof(*regex));
	Reader reader = {regex, text_of_datum(pattern), 0};

	if (!col_encoding_is_known() || !read_pattern(&reader) ||
		!has_one_way(regex))
		return NULL;
	read_replacement(regex, text_of_datum(replacement));
	return regex;
}

/* ---- running ---- */

/* Follows steps from one on, over the text from at on; false: it does not match. */
static bool
follow(const ColRegex *regex, int from_step, ColText text, uint32 at,
	   Span *captures, int capture)
{
	for (int i = from_step; i < regex->n_steps; i++)
	{
		const Step *step = &regex->steps[i];
		uint32 begin = at;
		bool is_there;

		switch (step->kind)
		{
			case STEP_LITERAL:
			case STEP_OPTIONAL:
				is_there = text.n_bytes - at >= step->bytes.n_bytes &&
						   memcmp(text.bytes + at, step->bytes.bytes,
								  step->bytes.n_bytes) == 0;
				if (is_there && step->is_choice &&
					follow(regex, i + 1, text, at + step->bytes.n_bytes,
						   captures, capture))
					return true;
				if (is_there && !step->is_choice)
					at += step->bytes.n_bytes;
				else if (step->kind == STEP_LITERAL)
					return false;
				break;
			case STEP_ONE:
				if (at >= text.n_bytes || !step->set[text.bytes[at]])
					return false;
				at++;
				break;
			case STEP_RUN:
				if (step->is_any)
					at = text.n_bytes;
				while (at < text.n_bytes && step->set[text.bytes[at]])
					at++;
				if (at - begin < (uint32) step->min)
					return false;
				break;
			case STEP_BEGIN:
				captures[++capture].begin = at;
				break;
			case STEP_END:
				captures[capture].end = at;
				break;
		}
	}
	return at == text.n_bytes;
}

Datum
col_regex_replace(const ColRegex *regex, const uint8 *image,
				  MemoryContext memory)
{
	ColText text = col_text_of_image(image);
	Span captures[CAPTURES_MAX + 1] = {{0, text.n_bytes}};
	bool matches = follow(regex, 0, text, 0, captures, 0);
	Size n_bytes = 0;
	struct varlena *result;
	char *to;

	for (int i = 0; matches && i < regex->n_pieces; i++)
	{
		const Piece *piece = &regex->pieces[i];

		if (piece->capture < 0)
			n_bytes += piece->bytes.n_bytes;
		else if (piece->capture <= regex->n_captures)
			n_bytes +=
				captures[piece->capture].end - captures[piece->capture].begin;
	}
	if (!matches)
		n_bytes = text.n_bytes;
	result = MemoryContextAlloc(memory, VARHDRSZ + n_bytes);
	SET_VARSIZE(result, VARHDRSZ + n_bytes);
	to = VARDATA(result);
	if (!matches)
		memcpy(to, text.bytes, text.n_bytes);
	for (int i = 0; matches && i < regex->n_pieces; i++)
	{
		const Piece *piece = &regex->pieces[i];
		ColText part = piece->bytes;

		if (piece->capture > regex->n_captures)
			continue;
		if (piece->capture >= 0)
			part = (ColText){text.bytes + captures[piece->capture].begin,
							 captures[piece->capture].end -
								 captures[piece->capture].begin};
		memcpy(to, part.bytes, part.n_bytes);
		to += part.n_bytes;
	}
	return PointerGetDatum(result);
}
