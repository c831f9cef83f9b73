
int planted(int i);

int
planted(int i)
{
    static const int days[7] = {1, 2, 3, 4, 5, 6, 7};

    return i > 0 ? days[7] : 0;
}
