/*
 * How a report looks: the style sheet of the page (style.css as text, made by tools/gen-style), and what of it a picture
 * needs as a file of its own (picture.css).
 *
 * style.css is for semantic HTML: body > header, nav, main > section; h1-h3, p, ul, table in div.table, figure >
 * svg.picture + figcaption, details > summary; aside for notes; td.number; span.tier-critical, .tier-high, .tier-medium,
 * .tier-none; span.closed, .partly, .open. It begins with picture.css. Both are constant, end with a newline, and hold
 * neither "</" nor an address.
 */
#ifndef CG_REPORT_STYLE_H
#define CG_REPORT_STYLE_H

extern const char cg_report_style[];
extern const char cg_picture_style[];

#endif
