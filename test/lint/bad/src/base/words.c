/* words.c: a word in a comment or a literal is not code: log_line( clock_gettime( */
static const char *said = "log_line(";

void
words(void)
{
    log_line(LOG_NOTE, "x", "y");
    clock_gettime(CLOCK_REALTIME, &ts);
    localtime_r(&t, &tm);
    clock_gettime(CLOCK_REALTIME, &ts); /* lint: clock, because this sample shows an excuse */
}
