/*
 * Where an account's password comes from: the run-control file, else a question
 * on the terminal (readpassphrase(3)).
 */
#ifndef CONF_SECRET_H
#define CONF_SECRET_H

struct account;
struct err;

/*
 * Makes sure that the account has its password.  ERR_CONFIG if there is none
 * and no terminal to ask, or if it could not be sent in a command (R7).
 */
int	secret_get(struct account *a, struct err *err);

#endif
