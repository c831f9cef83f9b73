
int planted(const int *p);

int
planted(const int *p)
{
    if (p == NULL) {
        return *p;
    }
    return 0;
}
